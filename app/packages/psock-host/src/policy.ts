/**
 * Where a card may connect to: by default TCP ports 443 and 444 of addresses of the public internet. Judged on the
 * literal address that the card asks for, so that no name can lead elsewhere. A rule of the owner adds to that; this
 * machine's own addresses stay closed whatever the rules say.
 */
import ipaddr from 'ipaddr.js';
import { isSameAddress } from './address-bytes.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Rule {
  readonly network: Address;
  readonly prefixLength: number;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

const defaultPorts = [443, 444];

/** `ADDRESS[/LENGTH][:PORT]`, IPv6 with a port in brackets. Undefined when it cannot be understood. */
export function parseRule(text: string): Rule | undefined {
  const match = /^(?:\[([^\]]+)\]|([^[\]:]+|[^[\]]*:[^[\]]*:[^[\]]*?))(?::(\d{1,5}))?$/.exec(text);
  const place = match?.[1] ?? match?.[2];
  if (match === null || place === undefined) return undefined;
  const [address = '', length, ...rest] = place.split('/');
  if (rest.length > 0 || !ipaddr.isValid(address) || /%/.test(address)) return undefined;
  // ipaddr.js takes 1 for 0.0.0.1.
  if (!address.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
  const network = ipaddr.parse(address);
  const bits = network.toByteArray().length * 8;
  const prefixLength = length === undefined ? bits : Number(length);
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || prefixLength > bits)) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 0xffff)) return undefined;
  return { network, prefixLength, port };
}

export interface PolicyOptions {
  readonly rules: readonly Rule[];
  /** This machine's; asked for each connection. */
  readonly ownAddresses: () => readonly Uint8Array[];
}

/** Why the card may not connect there; undefined when it may. */
export function refusal(
  bytes: Uint8Array,
  port: number,
  { rules, ownAddresses }: PolicyOptions,
): string | undefined {
  const address = unwrap(ipaddr.fromByteArray([...bytes]));
  const range = address.range();
  if (range === 'loopback' || range === 'unspecified' || range === 'multicast') {
    return `${range} addresses are closed`;
  }
  const asked = Uint8Array.from(address.toByteArray());
  if (ownAddresses().some((own) => isSameAddress(own, asked))) {
    return 'this is an address of this machine';
  }
  if (rules.some((rule) => matches(rule, address, port))) return undefined;
  if (range !== 'unicast') return `${range} addresses are closed; --allow opens some`;
  if (!defaultPorts.includes(port)) return `port ${port} is closed; --allow opens some`;
  return undefined;
}

function matches(rule: Rule, address: Address, port: number): boolean {
  if (rule.port !== undefined && rule.port !== port) return false;
  if (rule.network.kind() !== address.kind()) return false;
  return isPrefix(rule.network.toByteArray(), address.toByteArray(), rule.prefixLength);
}

function isPrefix(network: readonly number[], bytes: readonly number[], length: number): boolean {
  return network.every((byte, i) => {
    const bits = Math.max(0, Math.min(8, length - 8 * i));
    const mask = (0xff00 >> bits) & 0xff;
    return (byte & mask) === (bytes[i]! & mask);
  });
}

/** An IPv4 address in the clothes of IPv6 (mapped, or behind the well-known NAT64 prefix) is judged as what it is. */
function unwrap(address: Address): Address {
  if (address.kind() === 'ipv4') return address;
  const bytes = address.toByteArray();
  const range = address.range();
  return range === 'ipv4Mapped' || range === 'rfc6052'
    ? ipaddr.fromByteArray(bytes.slice(12))
    : address;
}
