/**
 * HSS messages to bytes, header included. `layout` chooses between what the C system sends, which is what peers
 * understand, and what the text of the specification 0.2 says; they differ in CONNECT only.
 * Left out: nothing. Values that do not fit are the caller's error (RangeError).
 */
import { headerLength, opcode, writeHeader, writeUint16, writeUint32 } from './header.ts';
import { family, type ConnectMessage, type HssMessage, type SocketAddress } from './message.ts';

export type Layout = 'c' | 'specification';

const openPayload = 9;
const ackFields = 3;
const ipv4Payload = 8;
/** 28 bytes are used. The rest is there because the C system sends, and therefore expects, 40. */
const ipv6Payload = 40;

export function encodeMessage(message: HssMessage, layout: Layout = 'c'): Uint8Array {
  switch (message.kind) {
    case 'open': {
      const bytes = start(message, opcode.open, openPayload);
      writeUint32(bytes, headerLength, fits(message.handle, 32));
      writeUint16(bytes, headerLength + 4, fits(message.family, 16));
      writeUint16(bytes, headerLength + 6, fits(message.protocol, 16));
      bytes[headerLength + 8] = fits(message.type, 8);
      return bytes;
    }
    case 'connect':
      return encodeConnect(message, layout);
    case 'transmit': {
      const bytes = start(message, opcode.transmit, message.data.length);
      bytes.set(message.data, headerLength);
      return bytes;
    }
    case 'ack':
    case 'ackData': {
      const bytes = start(message, opcode[message.kind], ackFields + message.data.length);
      writeUint16(bytes, headerLength, fits(message.of, 16));
      bytes[headerLength + 2] = fits(message.result, 8);
      bytes.set(message.data, headerLength + ackFields);
      return bytes;
    }
    case 'shutdown':
    case 'close':
    case 'noOp':
      return start(message, opcode[message.kind], 0);
  }
}

function encodeConnect(message: ConnectMessage, layout: Layout): Uint8Array {
  const { address, port, flowInfo = 0, scopeId = 0 } = message.to;
  const isIpv6 = addressFamily(message.to) === family.ipv6;
  const bytes = start(message, opcode.connect, isIpv6 ? ipv6Payload : ipv4Payload);
  const number = isIpv6 ? family.ipv6 : family.ipv4;
  // The text counts the families of CONNECT, and of nothing else, from 0.
  writeUint16(bytes, headerLength, layout === 'c' ? number : number - 1);
  // Network order, unlike every other number.
  bytes[headerLength + 2] = fits(port, 16) >>> 8;
  bytes[headerLength + 3] = port;
  if (!isIpv6) {
    bytes.set(address, headerLength + 4);
    return bytes;
  }
  new DataView(bytes.buffer).setUint32(headerLength + 4, fits(flowInfo, 32));
  writeUint32(bytes, headerLength + 8, fits(scopeId, 32));
  bytes.set(address, headerLength + 12);
  return bytes;
}

/** As OPEN counts them. */
export function addressFamily({ address }: SocketAddress): number {
  if (address.length === 4) return family.ipv4;
  if (address.length === 16) return family.ipv6;
  throw new RangeError(`an address has 4 or 16 bytes, not ${address.length}`);
}

function start(
  { messageId, socketId }: HssMessage,
  code: number,
  payloadLength: number,
): Uint8Array {
  const bytes = new Uint8Array(headerLength + payloadLength);
  writeHeader(bytes, 0, code, fits(messageId, 16), fits(socketId, 32), payloadLength);
  return bytes;
}

function fits(value: number, bits: 8 | 16 | 32): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value;
  throw new RangeError(`${value} does not fit ${bits} bits`);
}
