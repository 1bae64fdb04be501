/**
 * DNS questions for addresses, and what an answer to one says (RFC 1035 section 4, RFC 3596). The codec is dns-packet;
 * here an answer is matched to its question and its aliases (CNAME) are followed. EDNS and DNSSEC are left out: who
 * answers in a server's place fails in the TLS handshake.
 */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Answer as AnswerRecord, DecodedPacket } from 'dns-packet';
import { isIP } from 'node:net';
import { seconds, type Duration } from '../../core/time.ts';

export type AddressType = 'A' | 'AAAA';

export interface Question {
  /** 0..65535, unpredictable. */
  readonly id: number;
  readonly name: string;
  readonly type: AddressType;
}

export type Answer =
  /** There may be none: the name exists and has no addresses of this type. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[]; readonly ttl: Duration }
  | { readonly kind: 'no such name' }
  /** The server cannot or will not answer; `reason` is the name of its response code. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Too long for a datagram: ask again over TCP. */
  | { readonly kind: 'truncated' }
  /** Not an answer to this question at all. */
  | { readonly kind: 'unrelated' };

/** Longer chains of aliases are a mistake or an attack. */
const maxAliases = 16;
/** A name that is right for longer is asked again all the same. */
const longestTtlSeconds = 24 * 60 * 60;

export function encodeQuestion({ id, name, type }: Question): Uint8Array {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type, name: withoutDot(name), class: 'IN' }],
  });
}

/** Never throws, whatever the bytes are. */
export function readAnswer(bytes: Uint8Array, question: Question): Answer {
  const packet = decodePacket(bytes);
  if (packet === undefined || !answers(packet, question)) return { kind: 'unrelated' };
  if (packet.flag_tc) return { kind: 'truncated' };
  const code = responseCode(packet);
  if (code === 'NXDOMAIN') return { kind: 'no such name' };
  if (code !== 'NOERROR') return { kind: 'failed', reason: code };
  return collect(packet.answers ?? [], question);
}

function decodePacket(bytes: Uint8Array): DecodedPacket | undefined {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    // The codec throws errors of several classes for bytes that are not message.
    return undefined;
  }
}

function answers(packet: DecodedPacket, question: Question): boolean {
  const [asked, ...more] = packet.questions ?? [];
  return (
    packet.type === 'response' &&
    packet.id === question.id &&
    asked !== undefined &&
    more.length === 0 &&
    asked.type === question.type &&
    asked.class === 'IN' &&
    isSameName(asked.name, question.name)
  );
}

function responseCode(packet: DecodedPacket): string {
  // Missing in the codec's types.
  return (packet as { rcode?: string }).rcode ?? 'NOERROR';
}

function collect(records: readonly AnswerRecord[], { name, type }: Question): Answer {
  let owner = name;
  let ttl = longestTtlSeconds;
  for (let aliases = 0; aliases <= maxAliases; aliases++) {
    const owned = records.filter((record) => isSameName(record.name, owner));
    const addresses: string[] = [];
    for (const record of owned) {
      if (record.type !== type || record.class !== 'IN') continue;
      // The codec reads past the end of a message that was cut.
      if (isIP(record.data) === 0) return { kind: 'failed', reason: 'its answer is damaged' };
      addresses.push(record.data);
      ttl = Math.min(ttl, record.ttl ?? 0);
    }
    const alias = owned.find((record) => record.type === 'CNAME');
    if (addresses.length > 0 || alias === undefined) {
      return { kind: 'addresses', addresses, ttl: seconds(ttl) };
    }
    // Only `owned.find` loses the record's type.
    owner = (alias as { data: string }).data;
    ttl = Math.min(ttl, (alias as { ttl?: number }).ttl ?? 0);
  }
  return { kind: 'failed', reason: 'its aliases form a loop' };
}

function isSameName(a: string, b: string): boolean {
  return withoutDot(a).toLowerCase() === withoutDot(b).toLowerCase();
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
