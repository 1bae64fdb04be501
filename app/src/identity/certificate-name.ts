/**
 * The tunnel's address is the first commonName of the own certificate: an IPv6 literal, or 32 hex digits without
 * separators. Everything else is refused, and so are addresses that no tunnel can own.
 */
import {
  formatIpv6,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  parseIpv6,
} from '../wire/ipv6-address.ts';

/** The longest IPv6 literal, `INET6_ADDRSTRLEN` less its end. */
const maxLength = 45;

export type NameResult =
  | { ok: true; address: Uint8Array; text: string }
  /** `problem` reads on after "the commonName". */
  | { ok: false; problem: string };

export function addressOfName(commonName: string | undefined): NameResult {
  if (commonName === undefined) return refuse('is missing');
  if (commonName.length > maxLength) return refuse(`is longer than ${maxLength} characters`);
  const quoted = JSON.stringify(commonName);
  const address = parseIpv6(commonName.slice(0, 5).includes(':') ? commonName : colons(commonName));
  if (address === undefined) {
    return refuse(`${quoted} is neither an IPv6 address nor 32 hex digits`);
  }
  if (
    isUnspecified(address, 0) ||
    isLoopback(address, 0) ||
    isMulticast(address, 0) ||
    isLinkLocal(address, 0)
  ) {
    return refuse(`${quoted} is an address that no tunnel can own`);
  }
  return { ok: true, address, text: formatIpv6(address) };
}

/** The empty string, no address, unless there are exactly 32 hex digits. */
function colons(name: string): string {
  if (!/^[0-9a-f]{32}$/i.test(name)) return '';
  return name.replace(/(.{4})(?!$)/g, '$1:');
}

function refuse(problem: string): NameResult {
  return { ok: false, problem };
}
