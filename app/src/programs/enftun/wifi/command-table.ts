/** The command line of `enftun wifi`, as data. */
import type { CommandLineTable } from '../../../platform/command-line/table.ts';

export const defaultInterface = 'wlan0';
export const defaultFolder = '/data/wifi';

const place = {
  interface: {
    short: 'i',
    value: 'IF',
    help: `use this interface (default ${defaultInterface})`,
  },
  folder: { value: 'FOLDER', help: `use this folder of networks (default ${defaultFolder})` },
};
const hex = { help: 'add, remove: NAME is in hex digits' };
const json = { help: 'list, status, scan: print JSON' };

export const table = {
  program: 'enftun wifi',
  about: ['Manages the WiFi of the card: the networks that it may join, and its state.'],
  commands: {
    add: {
      operand: 'NAME',
      options: {
        'passphrase-file': {
          value: 'FILE',
          help: 'read the password from the first line of FILE',
        },
        wpa2: {
          help: `use WPA2 only: stores a key for this network alone, not the password; accepts the key itself as 64 hex
                 digits`,
        },
        wpa3: { help: 'use WPA3 only (default with neither: what the network offers)' },
        open: { help: 'use no password and no encryption on the air' },
        hidden: { help: 'the network does not transmit its name' },
        priority: {
          value: 'N',
          help: 'join the network in range with the highest N (default 0)',
        },
        hex,
        ...place,
      },
      help: `join this network from now on; asks for its password, or reads it from the first line of standard input`,
      strayHint: '; names with spaces need quotes, passwords are asked for',
    },
    remove: { operand: 'NAME', options: { hex, ...place }, help: 'forget a network' },
    list: { options: { json, ...place }, help: 'list the networks, without passwords' },
    country: {
      operand: '[CC]',
      options: place,
      help: 'print or set the country of the card (DE, FR, US ...), which determines channels and power',
    },
    status: {
      options: { json, ...place },
      help: 'print whether the card is connected, and if not, why',
    },
    scan: { options: { json, ...place }, help: 'list the networks in range' },
  },
  sections: [
    {
      heading: 'Files',
      text: `  A running card applies changes by itself. Networks of companies (802.1X) belong
  in the file own.conf of the folder, in the syntax of wpa_supplicant.`,
    },
  ],
  exitStatus: [
    [0, 'success'],
    [1, 'failure; wpa_supplicant does not answer'],
    [2, 'mistake on the command line'],
    [3, 'status: not connected'],
    [78, 'the password is not valid, or the network to remove does not exist'],
  ],
} as const satisfies CommandLineTable;
