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
  folder: { value: 'FOLDER', help: `keep networks in this folder (default ${defaultFolder})` },
};
const hex = { help: 'add, remove: NAME is in hex digits' };
const json = { help: 'list, status, scan: print JSON' };

export const table = {
  program: 'enftun wifi',
  about: ['Manages the WiFi of the card: which networks it may join, and how it is.'],
  commands: {
    add: {
      operand: 'NAME',
      options: {
        'passphrase-file': {
          value: 'FILE',
          help: 'read the password from this file, first line',
        },
        wpa2: {
          help: `use WPA2 only: what is kept is a key for this network alone, not the password (64 hex digits are the key
                 itself)`,
        },
        wpa3: { help: 'use WPA3 only (default with neither: whatever the network offers)' },
        open: { help: 'use no password and no encryption on the air' },
        hidden: { help: 'the network does not transmit its name' },
        priority: {
          value: 'N',
          help: 'prefer it to networks with a lower number (default 0)',
        },
        hex,
        ...place,
      },
      help: `join this network from now on; its password is asked for, or is the first line of standard input`,
      strayHint: '; names with spaces need quotes, passwords are asked for',
    },
    remove: { operand: 'NAME', options: { hex, ...place }, help: 'forget a network' },
    list: { options: { json, ...place }, help: 'print the networks that are known; no passwords' },
    country: {
      operand: '[CC]',
      options: place,
      help: 'print or set the country of the card (DE, FR, US ...), which decides on channels and power',
    },
    status: {
      options: { json, ...place },
      help: 'print whether the card is connected, and if not, why',
    },
    scan: { options: { json, ...place }, help: 'print the networks in reach' },
  },
  sections: [
    {
      heading: 'Files',
      text: `  A running card takes up changes by itself. Networks of companies (802.1X) go
  into the file own.conf of the folder, in the syntax of wpa_supplicant.`,
    },
  ],
  exitStatus: [
    [0, 'success'],
    [1, 'failure; wpa_supplicant does not answer'],
    [2, 'mistake on the command line'],
    [3, 'status: not connected'],
    [78, 'the password cannot be one, or the network to remove is not known'],
  ],
} as const satisfies CommandLineTable;
