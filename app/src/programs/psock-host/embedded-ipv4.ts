/**
 * IPv4 addresses inside of IPv6 addresses: a router or translator of the one may send to the other, so a policy must
 * look at both. Where an address can be read in more than one way, each of them counts.
 *
 *   RFC 6052   NAT64, prefixes of 32, 40, 48, 56, 64 and 96 bits; bits 64 to 71 are none of the address
 *   RFC 8215   64:ff9b:1::/48 holds such prefixes, of lengths that only its network has
 *   RFC 4291   IPv4-mapped and IPv4-compatible, at the end; RFC 7915 IPv4-translated, too
 *   RFC 3056   6to4, behind 2002::/16
 *   RFC 4380   Teredo: the server, and the client with all bits turned
 *   RFC 5214   ISATAP, behind an interface identifier of 0000:5efe or 0200:5efe
 */
import ipaddr from 'ipaddr.js';

export interface TranslationPrefix {
  readonly network: Uint8Array;
  readonly length: number;
}

/** RFC 6052, 2.2. */
export const translationLengths = [32, 40, 48, 56, 64, 96] as const;

const localTranslation: TranslationPrefix = { network: networkOf('64:ff9b:1::'), length: 48 };
/** These have it at the end: mapped, compatible, translated. */
const endings: readonly TranslationPrefix[] = ['::ffff:0:0', '::', '::ffff:0:0:0'].map((text) => ({
  network: networkOf(text),
  length: 96,
}));
const sixToFour: TranslationPrefix = { network: networkOf('2002::'), length: 16 };
const teredo: TranslationPrefix = { network: networkOf('2001::'), length: 32 };

/** The prefix of NAT64 that everybody may use (RFC 6052, 2.1). */
const wellKnownTranslation: TranslationPrefix = { network: networkOf('64:ff9b::'), length: 96 };

/** What a NAT64 sends to, whose prefix is the well-known one or one of `prefixes`. */
export function translatedIpv4(
  address: Uint8Array,
  prefixes: readonly TranslationPrefix[],
): Uint8Array | undefined {
  const prefix = [...prefixes, wellKnownTranslation].find((one) => isPrefix(one, address));
  return prefix && translated(address, prefix.length);
}

/** What else may stand in an address that no known NAT64 translates, each of 4 bytes. */
export function embeddedIpv4(address: Uint8Array): Uint8Array[] {
  if (address.length !== 16) return [];
  const found: Uint8Array[] = [];
  if (endings.some((prefix) => isPrefix(prefix, address))) found.push(address.slice(12));
  if (isPrefix(localTranslation, address)) found.push(...translatedAtAnyLength(address));
  if (isPrefix(sixToFour, address)) found.push(address.slice(2, 6));
  if (isPrefix(teredo, address)) {
    found.push(
      address.slice(4, 8),
      address.slice(12).map((byte) => byte ^ 0xff),
    );
  }
  // Bit 2, "universal", claims that the IPv4 address is public; a sender may set it either way.
  const isIsatap =
    (address[8]! & ~2) === 0 && address[9] === 0 && address[10] === 0x5e && address[11] === 0xfe;
  if (isIsatap) found.push(address.slice(12));
  return found;
}

/** The IPv4 address behind a prefix of one of `translationLengths`. */
export function translated(address: Uint8Array, prefixLength: number): Uint8Array {
  const start = prefixLength / 8;
  // RFC 6052 section 2.2 reserves bits 64 to 71.
  const bytes = [...address].filter((_, at) => at >= start && (at !== 8 || prefixLength === 96));
  return Uint8Array.from(bytes.slice(0, 4));
}

/** What stands behind an IPv4 address is zero, and so is the byte in the middle: that rules most lengths out. */
function translatedAtAnyLength(address: Uint8Array): Uint8Array[] {
  const readings = translationLengths
    .filter((length) => length >= localTranslation.length)
    .filter((length) => {
      // Four bytes of the address, and the one in the middle.
      const end = length / 8 + 5;
      return (
        length === 96 || (address[8] === 0 && address.subarray(end).every((byte) => byte === 0))
      );
    })
    .map((length) => translated(address, length));
  // Nothing is translated to 0.0.0.0/8: that is what a wrong length finds.
  const likely = readings.filter(([first]) => first !== 0);
  return likely.length > 0 ? likely : readings;
}

export function isPrefix({ network, length }: TranslationPrefix, address: Uint8Array): boolean {
  return (
    network.length === address.length &&
    network.every((byte, at) => {
      const bits = Math.max(0, Math.min(8, length - 8 * at));
      const mask = (0xff00 >> bits) & 0xff;
      return (byte & mask) === (address[at]! & mask);
    })
  );
}

function networkOf(text: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(text).toByteArray());
}
