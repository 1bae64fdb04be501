/** The card's service: enftun with a configuration file written for the lab. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Credentials } from './credentials.ts';
import type { Namespace } from './namespace.ts';
import { labFolder, logFile, program } from './paths.ts';
import { run, type Program } from './process.ts';
import {
  routerAddresses,
  tunName,
  tunnelMark,
  tunnelPort,
  usbInterface,
  type Underlay,
} from './topology.ts';

export type Link = 'ethernet' | 'tun';

export interface CardOptions {
  readonly link: Link;
  /** Default "ipv4". */
  readonly underlay?: Underlay;
  /** Overrides of single keys, written in libconfig syntax, for example { 'route.ra_period': '4000' }. */
  readonly keys?: Readonly<Record<string, string>>;
}

/**
 * Writes the configuration and returns its name. Only keys that existing clients have too, and keys that they
 * ignore: another client runs from the same file.
 */
export async function writeCardConfig(
  credentials: Credentials,
  options: CardOptions,
): Promise<string> {
  const ip = (await run(['sh', '-c', 'command -v ip'])).stdout.trim();
  const keys = new Map<string, string>([
    ['tun.dev', `"${tunName}"`],
    ['tun.ip_path', `"${ip}"`],
    ['tun.ip_set', String(options.link === 'tun')],
    ['link.type', `"${options.link}"`],
    ['link.dev', `"${options.link === 'tun' ? tunName : usbInterface}"`],
    ['remote.hosts', `[ "${routerAddresses[options.underlay ?? 'ipv4']}" ]`],
    ['remote.port', `"${tunnelPort}"`],
    ['remote.ca_cert_file', `"${credentials.caCert}"`],
    ['route.fwmark', `${tunnelMark}`],
    ['route.prefixes', '[ "default" ]'],
    ['identity.cert_file', `"${credentials.clientCert}"`],
    ['identity.key_file', `"${credentials.clientKey}"`],
    ['identity.ip_file', `"${labFolder}/address"`],
    ...(process.env.TLS ? ([['remote.tls', `"${process.env.TLS}"`]] as const) : []),
    ...Object.entries(options.keys ?? {}),
  ]);
  const groups = new Map<string, string[]>();
  for (const [key, value] of keys) {
    const [group = '', name = ''] = key.split('.');
    groups.set(group, [...(groups.get(group) ?? []), `  ${name} = ${value};`]);
  }
  const text = [...groups].map(([name, lines]) => `${name} = {\n${lines.join('\n')}\n};\n`);
  const file = `${labFolder}/enftun.conf`;
  await mkdir(labFolder, { recursive: true });
  await writeFile(file, text.join('\n'));
  return file;
}

export function startCard(card: Namespace, configFile: string): Program {
  return card.start('enftun', [...program('enftun'), '-c', configFile], { log: logFile('enftun') });
}
