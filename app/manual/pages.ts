/** Which programs have a man page and completions. */
import { settingNames } from '../src/config/schema.ts';
import { table as enfServer } from '../src/dev/enf-server/command-table.ts';
import { table as pki } from '../src/dev/pki/command-table.ts';
import { table as enftun } from '../src/programs/enftun/command-table.ts';
import { table as wifi } from '../src/programs/enftun/wifi/command-table.ts';
import { table as keygen } from '../src/programs/keygen/command-table.ts';
import { table as psockHost } from '../src/programs/psock-host/command-table.ts';
import { table as psockd } from '../src/programs/psockd/command-line.ts';
import { table as setUp } from '../src/programs/setup/command-table.ts';
import { table as usbGadget } from '../src/programs/usb-gadget/command-table.ts';
import type { CompletionSource } from './completion-tree.ts';
import type { Page } from './page-head.ts';

/** A program, or a command of one that has a page of its own. */
export interface ProgramPage extends Page, CompletionSource {
  /** The names of the programs that are completed; none for a command. */
  readonly programs: readonly string[];
}

export const configurationPage: Page = {
  names: ['enftun.conf'],
  section: 5,
  summary: 'configuration of an ENF tunnel',
  seeAlso: ['enftun(8)', 'enftun-setup(8)', 'enftun-keygen(8)'],
};

export const programPages: readonly ProgramPage[] = [
  {
    table: enftun,
    names: ['enftun'],
    section: 8,
    summary: 'connect this machine, or the host at its USB port, to the ENF',
    seeAlso: ['enftun.conf(5)', 'enftun-setup(8)', 'enftun-keygen(8)', 'enftun-wifi(8)'],
    programs: ['enftun'],
    nested: { wifi, keygen, renew: keygen },
    values: {
      KEY: { kind: 'words', words: settingNames },
      NAME: { kind: 'tunnels' },
    },
  },
  {
    table: keygen,
    names: ['enftun-keygen', 'enftun-renew'],
    section: 8,
    summary: 'make, register and renew the identity of an ENF tunnel',
    seeAlso: ['enftun(8)', 'enftun.conf(5)'],
    programs: ['enftun-keygen'],
  },
  {
    table: setUp,
    names: ['enftun-setup'],
    section: 8,
    summary: 'interface, routes and firewall of an ENF tunnel',
    seeAlso: ['enftun(8)', 'enftun.conf(5)', 'nft(8)', 'ip-rule(8)'],
    programs: ['enftun-setup'],
    values: { CONFIG: { kind: 'files' } },
  },
  {
    table: wifi,
    names: ['enftun-wifi'],
    section: 8,
    summary: 'manage the WiFi of a router card',
    seeAlso: ['enftun(8)', 'wpa_supplicant.conf(5)'],
    programs: [],
  },
  {
    table: psockHost,
    names: ['psock-host'],
    section: 8,
    summary: 'lend the sockets of this machine to the router cards at its USB ports',
    seeAlso: ['enftun(8)'],
    programs: ['psock-host'],
  },
  {
    table: psockd,
    names: ['psockd'],
    section: 8,
    summary: "give the programs of a router card sockets of the card's host",
    seeAlso: ['enftun(8)', 'usb-gadget(8)', 'psock-host(8)'],
    programs: ['psockd'],
  },
  {
    table: usbGadget,
    names: ['usb-gadget'],
    section: 8,
    summary: 'make this machine a router card for the host at its USB port',
    seeAlso: ['enftun(8)', 'psockd(8)'],
    programs: ['usb-gadget'],
  },
  {
    table: enfServer,
    names: ['enf-server'],
    section: 8,
    summary: 'serve ENF tunnels, for development and tests',
    seeAlso: ['enf-pki(1)', 'enftun(8)'],
    programs: ['enf-server'],
  },
  {
    table: pki,
    names: ['enf-pki'],
    section: 1,
    summary: 'make keys and certificates for a development ENF',
    seeAlso: ['enf-server(8)', 'enftun-keygen(8)'],
    programs: ['enf-pki'],
  },
];
