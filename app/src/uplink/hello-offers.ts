/**
 * Which ClientHello a server is offered first, and which after that one has failed.
 *
 * A processor without AES instructions offers ChaCha20-Poly1305 alone: it is four times as fast there, and where both
 * are offered, servers choose by an order of their own. A library that has a post-quantum key exchange offers it, and
 * the hello is then longer than one TCP segment, which some boxes on the way do not let pass (RFC 8446 has no such
 * limit). Either may be too much for a server or a network, so each is given up once, for the connection that is being
 * made.
 */
import type { UplinkError } from './uplink-error.ts';
import { isAlertCode, isNothingInCommon } from './tls-failure.ts';

/** What this machine is good at. */
export interface HelloMachine {
  readonly hasAes: boolean;
  readonly hasPostQuantum: boolean;
}

export interface HelloOffer {
  readonly isChachaOnly: boolean;
  readonly isPostQuantum: boolean;
}

/** Names of OpenSSL, separated by colons. */
export interface HelloNames {
  readonly ciphers: string;
  readonly groups: string;
}

/** The first, and one for each thing that can be given up. */
export const maxHellos = 3;

/** A key share for each of the two, so that a server without the first needs no second round trip. */
export const postQuantumGroups = '*X25519MLKEM768:*X25519:P-256:P-384:P-521';

const chachaSuites = [
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-CHACHA20-POLY1305',
].join(':');

export function firstOffer({ hasAes, hasPostQuantum }: HelloMachine): HelloOffer {
  return { isChachaOnly: !hasAes, isPostQuantum: hasPostQuantum };
}

/** Undefined when nothing else than before would be offered, or another offer would not help. */
export function nextOffer(offer: HelloOffer, failure: UplinkError): HelloOffer | undefined {
  const small = offer.isPostQuantum ? { ...offer, isPostQuantum: false } : undefined;
  const whole = offer.isChachaOnly ? { ...offer, isChachaOnly: false } : undefined;
  if (failure.failure !== 'handshake-failed') return undefined;
  if (isNothingInCommon(failure.errno)) return whole ?? small;
  if (failure.errno === 'ETIMEDOUT') return small;
  return isCut(failure.errno) ? (small ?? whole) : undefined;
}

/** Closed, or called unreadable: by a server, or by a box that stands for it. */
function isCut(errno: string): boolean {
  if (errno === 'ECONNRESET' || errno === 'EPIPE') return true;
  return isAlertCode(errno) && /_(?:DECODE_ERROR|ILLEGAL_PARAMETER|INTERNAL_ERROR)$/.test(errno);
}

/** `plain`: all ciphers that the library has, and groups that every version of it has. */
export function namesOf(offer: HelloOffer, plain: HelloNames): HelloNames {
  return {
    ciphers: offer.isChachaOnly ? chachaSuites : plain.ciphers,
    groups: offer.isPostQuantum ? postQuantumGroups : plain.groups,
  };
}

/** What was given up between the two, in words for people; empty when nothing was. */
export function givenUp(first: HelloOffer, last: HelloOffer): string {
  const words = [
    ...(first.isPostQuantum && !last.isPostQuantum ? ['without the post-quantum key share'] : []),
    ...(first.isChachaOnly && !last.isChachaOnly ? ['with all ciphers'] : []),
  ];
  return words.join(' and ');
}
