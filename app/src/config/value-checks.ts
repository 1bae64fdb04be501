/**
 * What makes a string of the right type a usable value: names, addresses, ports. What has a parser elsewhere is not
 * tested here.
 */
import { isIP } from 'node:net';
import { isDomainName } from '../wire/domain-name.ts';
import { isUnicastMac, parseMac } from '../wire/mac-address.ts';

/** The kernel's rule for interface names. */
export function isInterfaceName(text: string): boolean {
  return /^[^\s/:]{1,15}$/.test(text) && text !== '.' && text !== '..';
}

/** A path that the kernel can take at all. Empty ones are settings that were meant to be filled in. */
export function isPath(text: string): boolean {
  return text !== '';
}

/** Undefined for what is not a port number from 1 to 65535 in decimal. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** A name that a certificate can carry; an address has no place in a TLS server name (RFC 6066 section 3). */
export function isServerName(text: string): boolean {
  return isDomainName(text) && isIP(text.replace(/\.$/, '')) === 0;
}

/** Undefined for what is not the address of one station. */
export function parseUnicastMac(text: string): Uint8Array | undefined {
  const mac = parseMac(text);
  return mac !== undefined && isUnicastMac(mac) ? mac : undefined;
}

/** Base64 of a SHA-256. */
export function isPin(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text;
}
