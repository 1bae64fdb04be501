/**
 * The header that every HSS message begins with: opcode (2 bytes), message id (2), socket id (4), length of the payload
 * (4), all little-endian. The caller has checked the bounds.
 */
export const headerLength = 12;

export const opcode = {
  open: 0,
  connect: 1,
  shutdown: 2,
  transmit: 3,
  ack: 4,
  ackData: 5,
  close: 6,
  noOp: 0xffff,
} as const;

/** A command, header included, fits one packet of an interrupt endpoint. */
export const maxCommandBytes = 64;

export function readUint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (readUint16(bytes, at) | (readUint16(bytes, at + 2) << 16)) >>> 0;
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value);
  writeUint16(bytes, at + 2, value >>> 16);
}

export function writeHeader(
  bytes: Uint8Array,
  at: number,
  code: number,
  messageId: number,
  socketId: number,
  payloadLength: number,
): void {
  writeUint16(bytes, at, code);
  writeUint16(bytes, at + 2, messageId);
  writeUint32(bytes, at + 4, socketId);
  writeUint32(bytes, at + 8, payloadLength);
}
