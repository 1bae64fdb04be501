/**
 * Bytes to HSS messages. Both layouts of CONNECT are understood: the C system's (families 1 and 2) and the
 * specification's (0 and 1), which differ in their lengths; padding may be there or not.
 * Refusals are values, because the other side may send rubbish at line rate.
 */
import { headerLength, opcode, readUint16, readUint32 } from './header.ts';
import type { HssMessage, SocketAddress } from './message.ts';

export interface Malformed {
  readonly kind: 'malformed';
  readonly what: string;
  /** Of the first byte that is wrong; the length of the input when it is too short. */
  readonly offset: number;
}

const openPayload = 9;
const ackFields = 3;
const ipv4Payload = 8;
const ipv6Payload = 28;
const paddedIpv6Payload = 40;

/** `bytes` is exactly one message. Data and addresses in the result are views of it. */
export function decodeMessage(bytes: Uint8Array): HssMessage | Malformed {
  if (bytes.length < headerLength) return malformed('header', bytes.length);
  const code = readUint16(bytes, 0);
  const common = { messageId: readUint16(bytes, 2), socketId: readUint32(bytes, 4) };
  const payload = bytes.subarray(headerLength);
  if (readUint32(bytes, 8) !== payload.length) return malformed('length', 8);
  switch (code) {
    case opcode.open:
      if (payload.length !== openPayload) return malformed('OPEN', bytes.length);
      return {
        kind: 'open',
        ...common,
        handle: readUint32(payload, 0),
        family: readUint16(payload, 4),
        protocol: readUint16(payload, 6),
        type: payload[8]!,
      };
    case opcode.connect: {
      const to = decodeAddress(payload);
      if ('kind' in to) return to;
      return { kind: 'connect', ...common, to };
    }
    case opcode.transmit:
      return { kind: 'transmit', ...common, data: payload };
    case opcode.ack:
    case opcode.ackData:
      if (payload.length < ackFields) return malformed('ACK', bytes.length);
      return {
        kind: code === opcode.ack ? 'ack' : 'ackData',
        ...common,
        of: readUint16(payload, 0),
        result: payload[2]!,
        data: payload.subarray(ackFields),
      };
    case opcode.shutdown:
    case opcode.close:
    case opcode.noOp: {
      const kind = code === opcode.close ? 'close' : code === opcode.noOp ? 'noOp' : 'shutdown';
      if (payload.length > 0) return malformed(kind.toUpperCase(), headerLength);
      return { kind, ...common };
    }
    default:
      return malformed('opcode', 0);
  }
}

function decodeAddress(payload: Uint8Array): SocketAddress | Malformed {
  const { length } = payload;
  const number = length < 2 ? -1 : readUint16(payload, 0);
  const isIpv4 = length === ipv4Payload && (number === 0 || number === 1);
  const isIpv6 =
    (length === ipv6Payload || length === paddedIpv6Payload) && (number === 1 || number === 2);
  if (!isIpv4 && !isIpv6) {
    const isLengthKnown = [ipv4Payload, ipv6Payload, paddedIpv6Payload].includes(length);
    return malformed('CONNECT', headerLength + (isLengthKnown ? 0 : length));
  }
  const port = (payload[2]! << 8) | payload[3]!;
  if (isIpv4) return { address: payload.subarray(4, 8), port };
  const flowInfo =
    ((payload[4]! << 24) | (payload[5]! << 16) | (payload[6]! << 8) | payload[7]!) >>> 0;
  return {
    address: payload.subarray(12, 28),
    port,
    flowInfo,
    scopeId: readUint32(payload, 8),
  };
}

function malformed(what: string, offset: number): Malformed {
  return { kind: 'malformed', what, offset };
}
