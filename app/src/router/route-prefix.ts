/**
 * A destination that the tunnel carries, as `route.prefixes` of the configuration writes it: `default`,
 * `address/length` (RFC 4291 section 2.3) or `address`, which means one host.
 */
import { parseIpv6 } from '../wire/ipv6-address.ts';

export interface RoutePrefix {
  /** 16 bytes; the bits beyond `length` are zero. */
  readonly address: Uint8Array;
  /** 0 (the default route) to 128. */
  readonly length: number;
}

const addressBits = 128;

export const defaultRoute: RoutePrefix = { address: new Uint8Array(16), length: 0 };

/** Undefined: not one of the three forms. */
export function parseRoutePrefix(text: string): RoutePrefix | undefined {
  if (text === 'default') return defaultRoute;
  const slash = text.indexOf('/');
  const address = parseIpv6(slash < 0 ? text : text.slice(0, slash));
  const length = slash < 0 ? addressBits : parseLength(text.slice(slash + 1));
  if (address === undefined || length === undefined) return undefined;
  return routePrefix(address, length);
}

/** The prefix of `length` bits that `address` lies in; `address` is copied. */
export function routePrefix(address: Uint8Array, length: number): RoutePrefix {
  const masked = address.map((byte, index) => byte & maskByte(length - 8 * index));
  return { address: masked, length };
}

function parseLength(text: string): number | undefined {
  if (!/^[0-9]{1,3}$/.test(text)) return undefined;
  const length = Number(text);
  return length <= addressBits ? length : undefined;
}

/** The mask of a byte of which `bits` belong to the prefix; `bits` may be negative or above 8. */
function maskByte(bits: number): number {
  const kept = Math.min(8, Math.max(0, bits));
  return (0xff << (8 - kept)) & 0xff;
}
