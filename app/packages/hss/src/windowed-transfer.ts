/** One bulk transfer of a windowed session: many messages, in order, and never up to the end of a packet. */
import { smallestPacket } from './data-output.ts';
import { headerLength, opcode, writeHeader } from './header.ts';

/** Puts what it has into a transfer from `at` on, not beyond `limit`; returns where it has ended. */
export type Filler = (into: Uint8Array, at: number, limit: number) => number;

/** The first comes first; returns the length. A transfer of whole packets would not end for its receiver. */
export function fillTransfer(into: Uint8Array, fillers: readonly Filler[]): number {
  const limit = into.length - headerLength - 1;
  const end = fillers.reduce((at, fill) => fill(into, at, limit), 0);
  if (end === 0 || end % smallestPacket !== 0) return end;
  writeHeader(into, end, opcode.noOp, 0, 0, 0);
  return end + headerLength;
}
