/** Changes to a configuration of wpa_supplicant: whole new files from old ones, everything else left as it was. */
import type { Secret, Security } from './security.ts';
import type { Ssid } from './ssid.ts';
import { networkOf, type Item, type SupplicantFile } from './supplicant-file.ts';

export interface NewNetwork {
  readonly ssid: Ssid;
  readonly security: Security;
  readonly secret: Secret;
  readonly isHidden: boolean;
  /** Among networks in reach the one with the highest number is taken. */
  readonly priority: number;
}

/** The file with the network in place of any other of its name, or at its end. */
export function withNetwork(file: SupplicantFile, network: NewNetwork): SupplicantFile {
  const fresh: Item = {
    kind: 'network',
    opening: 'network={',
    lines: linesOf(network),
    closing: '}',
  };
  const at = file.items.findIndex((item) => isNamed(item, network.ssid));
  const rest = file.items.filter((item) => !isNamed(item, network.ssid));
  // Everything before the first of its name stays, so its index holds in `rest` too.
  return { ...file, items: at === -1 ? [...rest, fresh] : rest.toSpliced(at, 0, fresh) };
}

export function withoutNetwork(file: SupplicantFile, ssid: Ssid): SupplicantFile {
  return { ...file, items: file.items.filter((item) => !isNamed(item, ssid)) };
}

const countryLine = /^\s*country=([A-Za-z]{2})\s*(#.*)?$/;

/** Two capital letters (ISO 3166-1); undefined when the file names none. */
export function countryOf(file: SupplicantFile): string | undefined {
  for (const item of file.items.toReversed()) {
    const code = item.kind === 'line' ? countryLine.exec(item.text)?.[1] : undefined;
    if (code !== undefined) return code.toUpperCase();
  }
  return undefined;
}

export function withCountry(file: SupplicantFile, country: string): SupplicantFile {
  const rest = file.items.filter((item) => item.kind !== 'line' || !countryLine.test(item.text));
  const firstNetwork = rest.findIndex(({ kind }) => kind === 'network');
  const at = firstNetwork === -1 ? rest.length : firstNetwork;
  return { ...file, items: rest.toSpliced(at, 0, { kind: 'line', text: `country=${country}` }) };
}

/** What a configuration of ours begins with where the image has left none. */
export const emptyConfiguration = `# WiFi networks of this card, written by "enftun wifi". Comments and settings of your own are kept.
ctrl_interface=/run/wpa_supplicant
# Management frames are protected where the network can; WPA3 in both of its forms.
pmf=1
sae_pwe=2
`;

function isNamed(item: Item, ssid: Ssid): boolean {
  return networkOf(item)?.ssid.hex === ssid.hex;
}

function linesOf({ ssid, security, secret, isHidden, priority }: NewNetwork): string[] {
  return [
    // Escaped: it cannot hold a line end. Its bytes, as everything of the file.
    `# ${Buffer.from(ssid.text, 'utf8').toString('latin1')}`,
    `ssid=${ssid.hex}`,
    ...securityLines[security],
    ...(secret.pskHex === undefined ? [] : [`psk=${secret.pskHex}`]),
    ...(secret.saeHex === undefined ? [] : [`sae_password=${secret.saeHex}`]),
    ...(isHidden ? ['scan_ssid=1'] : []),
    ...(priority === 0 ? [] : [`priority=${priority}`]),
  ].map((line) => `    ${line}`);
}

/** Protected management frames: 1 where the network can, 2 always, which WPA3 demands. */
const securityLines: Readonly<Record<Security, readonly string[]>> = {
  open: ['key_mgmt=NONE'],
  wpa2: ['key_mgmt=WPA-PSK WPA-PSK-SHA256', 'proto=RSN', 'ieee80211w=1'],
  wpa3: ['key_mgmt=SAE', 'proto=RSN', 'ieee80211w=2'],
  'wpa2+wpa3': ['key_mgmt=WPA-PSK WPA-PSK-SHA256 SAE', 'proto=RSN', 'ieee80211w=1'],
};
