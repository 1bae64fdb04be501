/** The WiFi of this machine as it really is: wpa_supplicant's sockets below /run, its log in the journal. */
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { readRegularFileNow } from '../../../platform/regular-file.ts';
import { parseLeftOut } from './left-out-files.ts';
import type { Radio } from './radio.ts';

const journalDeadlineMs = 5000;
const journalLines = '300';
const maxBytes = 1024 * 1024;

export const systemRadio: Radio = {
  socketOf: (interfaceName) => `/run/wpa_supplicant/${interfaceName}`,
  logOf: (interfaceName) =>
    new Promise((resolve) => {
      const unit = `wpa_supplicant@${interfaceName}.service`;
      const argv = ['--boot', '--quiet', '--no-pager', '--output', 'cat', '--lines', journalLines];
      const options = { timeout: journalDeadlineMs, maxBuffer: maxBytes } as const;
      // Without a journal there is less to show, but nothing fails.
      execFile('journalctl', [...argv, '--unit', unit], options, (_, stdout) =>
        resolve(stdout.split('\n')),
      );
    }),
  addressesOf: (interfaceName) =>
    (networkInterfaces()[interfaceName] ?? [])
      .filter(({ address }) => !address.startsWith('fe80:'))
      .map(({ address }) => address),
  leftOutOf: (interfaceName) => {
    try {
      const content = readRegularFileNow(`/run/wifi/${interfaceName}/problems`);
      return content.ok ? parseLeftOut(content.bytes.toString('utf8')) : [];
    } catch {
      // There is none where wpa_supplicant is started in another way.
      return [];
    }
  },
};
