/** What `enftun wifi` shows to people: what is, why, what to do, then the details. */
import type { HeardStation } from './control-replies.ts';
import type { ConfiguredNetwork } from './supplicant-file.ts';
import type { Ssid } from './ssid.ts';
import type { LeftOutFile, NetworkStatus, WifiStatus } from './wifi-status.ts';

const securityWords: Readonly<Record<HeardStation['security'], string>> = {
  open: 'open',
  wpa2: 'WPA2',
  wpa3: 'WPA3',
  'wpa2+wpa3': 'WPA2 and WPA3',
  enterprise: '802.1X',
  wep: 'WEP',
  other: 'other',
};

export function printWifiStatus(status: WifiStatus): string {
  const { networks, problem } = status;
  const culprit = networks.find(
    (network) => network.problem !== null && network.problem === problem,
  );
  const lines = [
    `${status.interface}: ${headline(status, culprit)}`,
    ...nextStep(status, culprit).map((text) => `  ${text}`),
    ...status.leftOut.map((left) => `  ${leftOutWords(left)}`),
    ...details(status).map(([label, text]) => `  ${label.padEnd(14)}${text}`),
    ...networks.map(
      (network) =>
        `  ${'Network'.padEnd(14)}${shownName({ text: network.ssid })}${networkWords(network)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function leftOutWords({ file, line, problem }: LeftOutFile): string {
  const place = line === 0 ? file : `${file}, line ${line}`;
  return `Without the networks of ${place}: ${problem}. Correct it: wpa_supplicant reads it again by itself.`;
}

function headline(status: WifiStatus, culprit: NetworkStatus | undefined): string {
  const name = culprit === undefined ? '' : ` "${culprit.ssid}"`;
  switch (status.state) {
    case 'connected':
      return `connected to "${status.ssid ?? ''}"`;
    case 'no-networks':
      return 'not connected: no network is known';
    case 'off':
      return 'not connected: the radio is switched off';
    case 'connecting':
    case 'searching':
      break;
  }
  switch (status.problem) {
    case 'wrong-password':
      return `not connected: the password of${name} is wrong`;
    case 'refused':
      return `not connected:${name} refuses the card`;
    case 'failing':
      return `not connected: joining${name} fails`;
    case 'not-in-reach':
      return 'not connected: no known network is in range';
    case 'radio':
      return 'not connected: the radio does not work';
    case null:
      return status.state === 'connecting' ? 'connecting' : 'not connected: looking for networks';
  }
}

function nextStep(status: WifiStatus, culprit: NetworkStatus | undefined): string[] {
  if (status.state === 'no-networks') return ['Add one: enftun wifi add NAME'];
  switch (status.problem) {
    case 'wrong-password':
      return [
        `Give the right one: enftun wifi add ${culprit === undefined ? 'NAME' : wordFor(culprit)}`,
      ];
    case 'refused':
      return ['Its access point may admit only registered devices, or may be full.'];
    case 'failing':
      return ['The signal may be too weak, or the access point out of order.'];
    case 'not-in-reach':
      return ['Compare names, letter by letter: enftun wifi scan'];
    case 'radio':
      return ['The card reloads its driver by itself: see journalctl -u wifi-watch.'];
    case null:
      return [];
  }
}

/** A name for a person: in quotation marks where blanks at its ends, or nothing but blanks, could not be seen. */
export function shownName({ text }: Pick<Ssid, 'text'>): string {
  return /^\s|\s$/.test(text) ? `"${text}"` : text;
}

/** As the shell takes it. */
function wordFor({ ssid, ssidHex }: NetworkStatus): string {
  return /['\\]/.test(ssid) ? `--hex ${ssidHex}` : `'${ssid}'`;
}

function details(status: WifiStatus): (readonly [string, string])[] {
  const { addresses, country } = status;
  const air =
    status.state === 'connected'
      ? ([
          [
            'Access point',
            `${status.accessPoint ?? 'unknown'}${channelWords(status.frequencyMhz)}${signalWords(status.signalDbm)}`,
          ],
          ['Protection', status.keyManagement === 'NONE' ? 'none' : (status.keyManagement ?? '')],
          ['Addresses', addresses.length === 0 ? 'none yet' : addresses.join(', ')],
        ] as const)
      : [];
  return [...air, ['Country', country ?? 'not set (enftun wifi country CC)']];
}

function networkWords({ problem, isPaused, isCurrent }: NetworkStatus): string {
  const words = [
    ...(isCurrent ? ['in use'] : []),
    ...(problem === null
      ? []
      : [
          { 'wrong-password': 'wrong password', refused: 'refuses the card', failing: 'fails' }[
            problem
          ],
        ]),
    ...(isPaused ? ['will be tried again'] : []),
  ];
  return words.length === 0 ? '' : `: ${words.join(', ')}`;
}

function channelWords(frequencyMhz: number | null): string {
  return frequencyMhz === null ? '' : `, channel ${channelOf(frequencyMhz)}`;
}

function signalWords(signalDbm: number | null): string {
  return signalDbm === null ? '' : `, ${signalDbm} dBm`;
}

/** IEEE 802.11-2020, 17.3.8.4 and annex E; 6 GHz from 5950 MHz. */
export function channelOf(frequencyMhz: number): number {
  if (frequencyMhz === 2484) return 14;
  if (frequencyMhz < 2484) return (frequencyMhz - 2407) / 5;
  return frequencyMhz > 5950 ? (frequencyMhz - 5950) / 5 : (frequencyMhz - 5000) / 5;
}

export function printNetworks(
  networks: readonly ConfiguredNetwork[],
  country: string | undefined,
): string {
  const rows = networks.map(({ ssid, security, isHidden, priority }) => [
    shownName(ssid),
    security === 'other' ? 'set by hand' : securityWords[security],
    [...(isHidden ? ['hidden'] : []), ...(priority === 0 ? [] : [`priority ${priority}`])].join(
      ', ',
    ),
  ]);
  const none = networks.length === 0 ? 'No network is known. Add one: enftun wifi add NAME\n' : '';
  const where = country ?? 'not set (enftun wifi country CC)';
  return `${none}${table(rows)}Country: ${where}\n`;
}

/** One line per name, of its strongest station. */
export function printHeard(
  stations: readonly HeardStation[],
  knownNames: ReadonlySet<string>,
): string {
  const strongest = new Map<string, HeardStation>();
  for (const station of stations) {
    const key = station.ssid?.hex ?? station.bssid;
    const best = strongest.get(key);
    if (best === undefined || best.signalDbm < station.signalDbm) strongest.set(key, station);
  }
  const rows = [...strongest.values()]
    .sort((a, b) => b.signalDbm - a.signalDbm)
    .map(({ ssid, signalDbm, security, frequencyMhz }) => [
      ssid === undefined ? '(hidden)' : shownName(ssid),
      `${signalDbm} dBm`,
      `channel ${channelOf(frequencyMhz)}`,
      securityWords[security],
      ssid !== undefined && knownNames.has(ssid.hex) ? 'known' : '',
    ]);
  return rows.length === 0 ? 'No network is in range.\n' : table(rows);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
