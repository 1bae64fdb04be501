/** The packets of `link-vectors.json`: recorded from the predecessor's wire formats, checksums verified. */
import { readFileSync } from 'node:fs';
import { bytes } from './hex.ts';

const names = [
  'heartbeat request',
  'RS',
  'RA default',
  'RA one prefix',
  'NA solicited',
  'NA unsolicited',
  'DHCP SOLICIT',
  'DHCP ADVERTISE',
  'DHCP REPLY',
] as const;

// The file is part of this folder: an object of hex strings.
const all = JSON.parse(
  readFileSync(new URL('link-vectors.json', import.meta.url), 'utf8'),
) as Record<string, string>;

export function vector(name: string): Uint8Array {
  const text = all[name];
  if (text === undefined) throw new RangeError(`no vector ${name}`);
  return bytes(text);
}

/** Those that are whole IPv6 packets. */
export const linkVectors = Object.fromEntries(names.map((name) => [name, vector(name)])) as Record<
  (typeof names)[number],
  Uint8Array
>;
