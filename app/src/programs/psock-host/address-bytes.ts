/** IP addresses as the bytes that stand in messages, 4 or 16 of them, and as text. */
import ipaddr from 'ipaddr.js';

/** As people and programs write it. */
export function addressText(bytes: Uint8Array): string {
  return ipaddr.fromByteArray([...bytes]).toString();
}

/** Of a literal, whose zone does not count. Undefined for anything else. */
export function addressBytes(text: string): Uint8Array | undefined {
  const literal = text.replace(/%.*$/, '');
  return ipaddr.isValid(literal) ? Uint8Array.from(ipaddr.parse(literal).toByteArray()) : undefined;
}

export function isSameAddress(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** An IPv4-mapped address (RFC 4291, 2.5.5.2) is only another spelling of the IPv4 address, for the kernel too. */
export function unmapped(bytes: Uint8Array): Uint8Array {
  const isMapped =
    bytes.length === 16 && bytes.subarray(0, 12).every((byte, at) => byte === (at < 10 ? 0 : 0xff));
  return isMapped ? bytes.slice(12) : bytes;
}
