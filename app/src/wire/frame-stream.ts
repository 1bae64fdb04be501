/**
 * The tunnel's framing and the format of a burst: a 2-byte big-endian length, then one whole IP packet of that
 * length, then the next. Length 0 is legal: no packet, but a sign of life. For the packet path: numbers in, numbers
 * out, no allocation, no exceptions (except `encodeFrame`, for single packets).
 *
 *     const whole = wholeFramesEnd(slab, head, tail, maxFramePayload);
 *     for (let at = head; at < whole; at = nextFrame(slab, at)) {
 *       const packet = at + frameHeaderLength;            // packet is slab[packet, packet + frameLength(slab, at))
 *     }
 *     if (isFrameTooLong(slab, whole, tail, maxFramePayload)) …  // fatal: the stream cannot be read on
 */
import { readUint16, requireUint, writeUint16 } from './bytes.ts';

export const frameHeaderLength = 2;

/** Longest packet that an ENF peer may send; a longer length ends the session. */
export const maxFramePayload = 1496;

/** Length of the packet in the frame at `off`, which has at least its header. */
export function frameLength(buf: Uint8Array, off: number): number {
  return readUint16(buf, off);
}

/** Offset behind the frame at `off`. */
export function nextFrame(buf: Uint8Array, off: number): number {
  return off + frameHeaderLength + readUint16(buf, off);
}

/**
 * End of the last whole frame in `buf[off, end)`; `off` when there is none. Stops before a frame whose length is over
 * `maxPayload`. What remains from there to `end` is the beginning of a frame, or of one that is too long.
 */
export function wholeFramesEnd(
  buf: Uint8Array,
  off: number,
  end: number,
  maxPayload: number,
): number {
  let at = off;
  while (at + frameHeaderLength <= end) {
    const length = readUint16(buf, at);
    const next = at + frameHeaderLength + length;
    if (length > maxPayload || next > end) break;
    at = next;
  }
  return at;
}

/** True when a frame starts at `off`, its header is there and its length is over `maxPayload`. */
export function isFrameTooLong(
  buf: Uint8Array,
  off: number,
  end: number,
  maxPayload: number,
): boolean {
  return off + frameHeaderLength <= end && readUint16(buf, off) > maxPayload;
}

/** Writes `packet` as a frame at `off`, where there is room, and returns the offset behind it. */
export function putFrame(buf: Uint8Array, off: number, packet: Uint8Array): number {
  writeUint16(buf, off, packet.length);
  buf.set(packet, off + frameHeaderLength);
  return off + frameHeaderLength + packet.length;
}

/** One packet as a frame of its own. */
export function encodeFrame(packet: Uint8Array): Uint8Array {
  requireUint(packet.length, 16, 'frame length');
  const frame = new Uint8Array(frameHeaderLength + packet.length);
  putFrame(frame, 0, packet);
  return frame;
}
