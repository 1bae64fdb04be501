/**
 * What counts as an address literal, for every place that reads one. Node's own test refuses zones that the kernel
 * accepts, such as "wl_0": an interface's name has no alphabet, and systemd-resolved writes its index.
 */
import { isIP } from 'node:net';

declare const isChecked: unique symbol;

/** The text of an address, as the kernel takes it. Only `parseAddressLiteral` makes one. */
export type AddressLiteral = string & { readonly [isChecked]: 'address' };

/**
 * IPv4, or IPv6 with an optional zone (RFC 4007 section 11.2): the name or the index of an interface. Undefined for
 * anything else.
 */
export function parseAddressLiteral(text: string): AddressLiteral | undefined {
  const [, literal = text, zone] = /^([^%]*)%(.*)$/s.exec(text) ?? [];
  const version = isIP(literal);
  const isLiteral = zone === undefined ? version !== 0 : version === 6 && isZone(zone);
  return isLiteral ? (text as AddressLiteral) : undefined;
}

/** Without the zone. */
export function withoutZone(address: string): string {
  return address.replace(/%.*$/s, '');
}

/** The kernel's rule for interface names includes every index. */
function isZone(text: string): boolean {
  return /^[^\s/:%]{1,15}$/.test(text);
}
