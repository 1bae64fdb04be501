/**
 * Where a card may connect to: by default TCP ports 443 and 444 of addresses of the public internet. Judged on the
 * literal address that the card asks for, so that no name can lead elsewhere, and on every IPv4 address that stands in
 * it. A rule of the owner adds to that; this machine's own addresses stay closed whatever the rules say.
 */
import ipaddr from 'ipaddr.js';
import { addressText, isSameAddress, unmapped } from './address-bytes.ts';
import {
  embeddedIpv4,
  isPrefix,
  translatedIpv4,
  translationLengths,
  type TranslationPrefix,
} from './embedded-ipv4.ts';
import { specialPurpose } from './special-addresses.ts';

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

/** `ADDRESS/LENGTH` of a NAT64. Undefined when its length is not one of RFC 6052. */
export function parseTranslationPrefix(text: string): TranslationPrefix | undefined {
  const rule = parseRule(`[${text}]`);
  const network = rule && Uint8Array.from(rule.network.toByteArray());
  const length = translationLengths.find((one) => one === rule?.prefixLength);
  return network?.length === 16 && length !== undefined ? { network, length } : undefined;
}

export interface PolicyOptions {
  readonly rules: readonly Rule[];
  /** By which this machine's network translates, besides the well-known one. */
  readonly translationPrefixes?: readonly TranslationPrefix[] | undefined;
  /** This machine's; asked for each connection. */
  readonly ownAddresses: () => readonly Uint8Array[];
}

/** Refused to every card; no rule can allow it. */
const neverOpen = ['loopback', 'unspecified', 'multicast'];

/** Why the card may not connect there; undefined when it may. */
export function refusal(
  bytes: Uint8Array,
  port: number,
  { rules, translationPrefixes = [], ownAddresses }: PolicyOptions,
): string | undefined {
  const address = unmapped(bytes);
  const behind = translatedIpv4(address, translationPrefixes);
  const faces = [address, ...(behind ? [behind] : embeddedIpv4(address))];
  for (const face of faces) {
    const name = specialPurpose(face);
    if (name !== undefined && neverOpen.includes(name)) {
      return `${inside(face, address)}${name} addresses are closed`;
    }
  }
  const own = ownAddresses();
  if (faces.some((face) => own.some((one) => isSameAddress(one, face)))) {
    return 'this is an address of this machine';
  }
  // What is translated is judged by what it is translated to; anything else must be public in every respect.
  const judged = behind ? [behind] : faces;
  const opened = behind ? [address, behind] : [address];
  if (opened.some((face) => rules.some((rule) => matches(rule, face, port)))) return undefined;
  for (const face of judged) {
    const name = specialPurpose(face);
    if (name === undefined) continue;
    return `${inside(face, address)}${name} addresses are closed; --allow opens some`;
  }
  if (!defaultPorts.includes(port)) return `port ${port} is closed; --allow opens some`;
  return undefined;
}

function inside(face: Uint8Array, address: Uint8Array): string {
  return face === address ? '' : `it contains ${addressText(face)}: `;
}

function matches({ network, prefixLength, port }: Rule, address: Uint8Array, to: number): boolean {
  if (port !== undefined && port !== to) return false;
  const prefix = { network: Uint8Array.from(network.toByteArray()), length: prefixLength };
  return isPrefix(prefix, address);
}
