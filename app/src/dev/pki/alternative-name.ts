/** Subject alternative names (RFC 5280 section 4.2.1.6): DNS names and IP addresses, nothing else. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ParseError } from '../../core/errors.ts';

export interface AlternativeName {
  readonly kind: 'dns' | 'ip';
  /** ASCII of a DNS name; 4 or 16 bytes of an address. */
  readonly bytes: Uint8Array;
}

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i;

/** A literal address becomes an IP name, everything else must be a DNS name. */
export function parseAlternativeName(text: string): AlternativeName {
  if (isIP(text) !== 0 && !text.includes('%')) {
    return { kind: 'ip', bytes: Uint8Array.from(ipaddr.parse(text).toByteArray()) };
  }
  const labels = text.split('.');
  const bad = labels.findIndex((part, i) => !label.test(part) && !(i === 0 && part === '*'));
  if (bad !== -1 || text.length > 253) {
    const offset = labels.slice(0, Math.max(bad, 0)).join('.').length;
    throw new ParseError(
      `server name "${text}"`,
      offset,
      'expected a host name (letters, digits, hyphens, dots) or an IP address',
    );
  }
  return { kind: 'dns', bytes: new TextEncoder().encode(text) };
}
