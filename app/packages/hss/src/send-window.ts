/** How much of a socket's data may still go to a peer with a window: spent by data, given back by acknowledgements. */
import { readUint32 } from './header.ts';
import type { HssSocket } from './socket.ts';

export function spendCredit(socket: HssSocket, length: number, now: number): void {
  socket.credit -= length;
  if (socket.credit === 0) socket.outOfCreditSince = now;
}

/** False for an acknowledgement of more than was sent, or without a number: `window` is the peer's for each socket. */
export function returnCredit(socket: HssSocket, acknowledged: Uint8Array, window: number): boolean {
  if (acknowledged.length < 4) return false;
  socket.credit += readUint32(acknowledged, 0);
  if (socket.credit > window) return false;
  if (socket.credit > 0) socket.outOfCreditSince = undefined;
  return true;
}
