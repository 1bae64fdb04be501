/**
 * The DNS servers of this system, from resolv.conf(5). Those on this machine itself are left out: they would ask on
 * without our firewall mark, and so into the tunnel that is not there yet. Where such a one is the only entry, as with
 * systemd-resolved, the servers behind it are taken.
 */
import { isIPv4 } from 'node:net';
import { parseAddressLiteral, withoutZone, type AddressLiteral } from '../address-literal.ts';
import { isLoopback, isUnspecified, parseIpv6 } from '../../wire/ipv6-address.ts';

/** In the order in which they are looked at; the first that names a usable server counts. */
export const resolverFiles: readonly string[] = [
  '/etc/resolv.conf',
  '/run/systemd/resolve/resolv.conf',
];

/** The address literals of the `nameserver` lines that are not on this machine. */
export function parseResolvConf(text: string): AddressLiteral[] {
  return text.split('\n').flatMap((line) => {
    const address = parseAddressLiteral(/^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '');
    return address !== undefined && isElsewhere(address) ? [address] : [];
  });
}

function isElsewhere(address: AddressLiteral): boolean {
  if (isIPv4(address)) return !address.startsWith('127.') && address !== '0.0.0.0';
  const bytes = parseIpv6(withoutZone(address));
  return bytes !== undefined && !isLoopback(bytes, 0) && !isUnspecified(bytes, 0);
}
