/**
 * The countries that this machine's kernel has rules for: its regulatory database, "regulatory.db" of wireless-regdb.
 * A country that is not in there has no effect. Format: magic "RGDB", version 20, then four bytes for each country, two
 * letters and the place of its rules in words of four bytes, ended by a place of 0; all big-endian.
 */
import { readRegularFileNow } from '../../../platform/regular-file.ts';

/** Debian and Buildroot install it here. */
export const regulatoryDatabase = '/lib/firmware/regulatory.db';

const magic = 0x52474442;
const version = 20;
const headerBytes = 8;
const entryBytes = 4;

/** Two letters each. Undefined without a readable database: then no country is refused. */
export function knownCountries(file: string = regulatoryDatabase): ReadonlySet<string> | undefined {
  let content;
  try {
    content = readRegularFileNow(file);
  } catch {
    return undefined;
  }
  return content.ok ? countriesIn(content.bytes) : undefined;
}

export function countriesIn(bytes: Buffer): ReadonlySet<string> | undefined {
  if (bytes.length < headerBytes) return undefined;
  if (bytes.readUInt32BE(0) !== magic || bytes.readUInt32BE(4) !== version) return undefined;
  const countries = new Set<string>();
  for (let at = headerBytes; at + entryBytes <= bytes.length; at += entryBytes) {
    if (bytes.readUInt16BE(at + 2) === 0) return countries;
    countries.add(bytes.toString('latin1', at, at + 2));
  }
  return undefined;
}
