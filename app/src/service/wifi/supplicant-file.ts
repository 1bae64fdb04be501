/**
 * The configuration file of wpa_supplicant (wpa_supplicant.conf(5)): lines, and blocks "network={ ... }". Read as
 * tolerantly as wpa_supplicant does and kept line by line, so that what a person added by hand survives every change.
 * What we write ourselves holds no quoted text: names and secrets are hex digits, so nothing can break out of its line.
 */
import type { Security } from './security.ts';
import { readSupplicantString } from './supplicant-string.ts';
import { ssidOfBytes, type Ssid } from './ssid.ts';

export type Item =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'network'; readonly lines: readonly string[] };

export interface SupplicantFile {
  readonly items: readonly Item[];
}

/** A network as the file says it; settings that we do not know are not shown. */
export interface ConfiguredNetwork {
  readonly ssid: Ssid;
  /** "other": a kind that only a person writes, such as 802.1X. */
  readonly security: Security | 'other';
  readonly isHidden: boolean;
  readonly priority: number;
}

const opening = /^network=\{\s*(#.*)?$/;

export function parseSupplicantFile(text: string): SupplicantFile {
  const items: Item[] = [];
  let block: string[] | undefined;
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    const bare = line.trim();
    if (block !== undefined) {
      if (bare === '}') {
        items.push({ kind: 'network', lines: block });
        block = undefined;
      } else {
        block.push(line);
      }
    } else if (opening.test(bare)) {
      block = [];
    } else {
      items.push({ kind: 'line', text: line });
    }
  }
  // wpa_supplicant would refuse the whole file for a block without an end.
  if (block !== undefined) items.push({ kind: 'network', lines: block });
  return { items };
}

export function printSupplicantFile({ items }: SupplicantFile): string {
  return items
    .map((item) =>
      item.kind === 'line'
        ? `${item.text}\n`
        : `network={\n${item.lines.map((line) => `${line}\n`).join('')}}\n`,
    )
    .join('');
}

/** In the order of the file. Blocks without a usable name are passed over. */
export function networksOf({ items }: SupplicantFile): ConfiguredNetwork[] {
  return items.map(networkOf).filter((network) => network !== undefined);
}

export function networkOf(item: Item): ConfiguredNetwork | undefined {
  if (item.kind !== 'network') return undefined;
  const settings = settingsOf(item.lines);
  const bytes = readSupplicantString(settings.get('ssid') ?? '');
  const name = bytes === undefined ? undefined : ssidOfBytes(bytes);
  if (name?.ok !== true) return undefined;
  const priority = Number(settings.get('priority') ?? 0);
  return {
    ssid: name.ssid,
    security: securityOf(settings),
    isHidden: settings.get('scan_ssid') === '1',
    priority: Number.isSafeInteger(priority) ? priority : 0,
  };
}

/** The last one counts, as for wpa_supplicant. */
function settingsOf(lines: readonly string[]): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^\s*([A-Za-z]\w*)=(.*)$/.exec(withoutComment(line)) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name, value);
  }
  return settings;
}

/** From the first "#" behind a text in quotation marks, which ends with the last one of them. */
function withoutComment(line: string): string {
  const last = line.lastIndexOf('"');
  const comment = line.indexOf('#', line.indexOf('"') < last ? last : 0);
  return (comment === -1 ? line : line.slice(0, comment)).trimEnd();
}

function securityOf(settings: ReadonlyMap<string, string>): Security | 'other' {
  const words = (settings.get('key_mgmt') ?? 'WPA-PSK WPA-EAP').split(/\s+/);
  const has = (...names: string[]) => names.some((name) => words.includes(name));
  const isWpa2 = has('WPA-PSK', 'WPA-PSK-SHA256', 'FT-PSK');
  const isWpa3 = has('SAE', 'FT-SAE', 'SAE-EXT-KEY');
  if (isWpa2 && isWpa3) return 'wpa2+wpa3';
  if (isWpa3) return 'wpa3';
  // Without key_mgmt the kind is what fits the secrets that are there.
  if (isWpa2 && (settings.has('psk') || !has('WPA-EAP'))) return 'wpa2';
  return words.length === 1 && words[0] === 'NONE' && !settings.has('wep_key0') ? 'open' : 'other';
}
