/**
 * Big-endian numbers over plain bytes. The caller has checked the bounds: these run once per field of every
 * packet and never throw; what lies past the end reads as zero bits.
 */
import { InternalError } from '../core/errors.ts';

export function readUint16(buf: Uint8Array, off: number): number {
  return (buf[off]! << 8) | buf[off + 1]!;
}

export function readUint32(buf: Uint8Array, off: number): number {
  return ((buf[off]! << 24) | (buf[off + 1]! << 16) | (buf[off + 2]! << 8) | buf[off + 3]!) >>> 0;
}

export function writeUint16(buf: Uint8Array, off: number, value: number): void {
  buf[off] = value >>> 8;
  buf[off + 1] = value;
}

export function writeUint32(buf: Uint8Array, off: number, value: number): void {
  buf[off] = value >>> 24;
  buf[off + 1] = value >>> 16;
  buf[off + 2] = value >>> 8;
  buf[off + 3] = value;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** For encoders: `value` itself when it fits an unsigned field of `bits` bits. */
export function requireUint(value: number, bits: 8 | 16 | 24 | 32, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
    throw new InternalError(`${what} does not fit ${bits} bits: ${value}`);
  }
  return value;
}

/** For encoders: `bytes` itself when it has exactly `length` bytes. */
export function requireLength(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) {
    throw new InternalError(`${what} has ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}
