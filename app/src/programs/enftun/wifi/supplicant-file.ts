/**
 * The configuration file of wpa_supplicant (wpa_supplicant.conf(5)): lines, and blocks "network={ ... }". Read as
 * wpa_supplicant reads it and kept byte for byte, so that what a person added by hand survives every change: a text
 * here has one character for each byte of the file, whatever its encoding (ISO 8859-1). What we write ourselves holds
 * no quoted text: names and secrets are hex digits, so nothing can break out of its line.
 */
import type { Security } from './security.ts';
import { readSupplicantString } from './supplicant-string.ts';
import { ssidOfBytes, type Ssid } from './ssid.ts';

export type Item =
  | { readonly kind: 'line'; readonly text: string }
  | {
      readonly kind: 'network';
      /** The lines that open and close the block, with their comments. */
      readonly opening: string;
      readonly closing: string;
      readonly lines: readonly string[];
    };

/** Why wpa_supplicant would refuse the whole file. */
export interface FileProblem {
  /** 1-based. */
  readonly line: number;
  /** A whole sentence without its full stop. */
  readonly problem: string;
}

export interface SupplicantFile {
  readonly items: readonly Item[];
  /** The first one; a file with a problem must not be changed, as its blocks may end elsewhere than they seem to. */
  readonly problem: FileProblem | undefined;
}

/** A network as the file says it; unknown settings are not shown. */
export interface ConfiguredNetwork {
  readonly ssid: Ssid;
  /** "other": a kind that only a person writes, such as 802.1X. */
  readonly security: Security | 'other';
  readonly isHidden: boolean;
  readonly priority: number;
}

/** Beside networks: credentials, and binary data by name. Up to a line with nothing but "}", as networks are. */
const otherBlock = /^(cred=\{|blob-base64-)/;

export function parseSupplicantFile(text: string): SupplicantFile {
  const items: Item[] = [];
  let problem: FileProblem | undefined;
  /** The block that is open: a network's lines are collected, those of other kinds stay lines. */
  let block:
    { readonly opening: string; readonly line: number; readonly lines?: string[] } | undefined;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    const bare = withoutComment(line);
    const found = problemOf(bare, block === undefined ? 'file' : block.lines ? 'network' : 'other');
    if (found !== undefined) problem ??= { line: index + 1, problem: found };
    if (block === undefined && bare === 'network={') {
      block = { opening: line, line: index + 1, lines: [] };
    } else if (block?.lines !== undefined && bare === '}') {
      items.push({ kind: 'network', opening: block.opening, lines: block.lines, closing: line });
      block = undefined;
    } else if (block?.lines !== undefined) {
      block.lines.push(line);
    } else {
      items.push({ kind: 'line', text: line });
      if (block === undefined && otherBlock.test(bare)) block = { opening: line, line: index + 1 };
      else if (bare === '}') block = undefined;
    }
  }
  if (block !== undefined) {
    problem ??= { line: block.line, problem: 'this block has no end: a line with "}" alone' };
    const open = block.lines === undefined ? [] : [block.opening, ...block.lines];
    items.push(...open.map((line): Item => ({ kind: 'line', text: line })));
  }
  return { items, problem };
}

/** What wpa_supplicant cannot read in this place; values that only it can judge are left to it. */
function problemOf(bare: string, place: 'file' | 'network' | 'other'): string | undefined {
  if (bare === '' || place === 'other') return undefined;
  if (place === 'network' && bare === '}') return undefined;
  const equals = bare.indexOf('=');
  if (equals === -1) return 'this line is not a setting "name=value"';
  const value = bare.slice(equals + 1);
  const isOpen = place === 'network' && value.startsWith('"') && !value.slice(1).includes('"');
  return isOpen ? 'this text has no quotation mark at its end' : undefined;
}

export function printSupplicantFile({ items }: SupplicantFile): string {
  return items
    .flatMap((item) =>
      item.kind === 'line' ? [item.text] : [item.opening, ...item.lines, item.closing],
    )
    .map((line) => `${line}\n`)
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

/**
 * What wpa_supplicant sees of a line: no blanks around it, nothing from a zero byte on, and no comment, which begins at
 * the first "#" behind the last quotation mark.
 */
function withoutComment(line: string): string {
  const [visible = ''] = line.split('\0', 1);
  const text = visible.replace(/^[ \t\r]+/, '');
  if (text.startsWith('#')) return '';
  const first = text.indexOf('"');
  const last = text.lastIndexOf('"');
  const comment = text.indexOf('#', last > first ? last : 0);
  return (comment === -1 ? text : text.slice(0, comment)).replace(/[ \t\r]+$/, '');
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
