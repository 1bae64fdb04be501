/** A way to a server that passes bytes on as it likes: in pieces, changed, or cut. */
import { connect, type Socket } from 'node:net';
import type { Rig } from './rig.ts';

/** What becomes of the bytes of one direction; each call gets the next ones. Null cuts the connection at that place. */
export type Treatment = (bytes: Buffer) => readonly (Buffer | null)[];

export const untouched: Treatment = (bytes) => [bytes];

/** The port of a way to `port`. */
export function roughWire(
  rig: Rig,
  port: number,
  treatments: () => { toServer?: Treatment; toClient?: Treatment },
): Promise<number> {
  return rig.rawServer((client) => {
    const { toServer = untouched, toClient = untouched } = treatments();
    const server = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    client.setNoDelay(true);
    pass(client, server, toServer);
    pass(server, client, toClient);
  }, true);
}

function pass(from: Socket, to: Socket, treat: Treatment): void {
  let last = Promise.resolve();
  from.on('error', () => undefined);
  from.on('data', (bytes) => {
    for (const piece of treat(bytes)) last = last.then(() => send(to, piece));
  });
  from.on('end', () => void last.then(() => to.end()));
  from.on('close', () => void last.then(() => to.end()));
}

/** One turn of the event loop apart, so that pieces are read as pieces. */
async function send(to: Socket, piece: Buffer | null): Promise<void> {
  if (piece === null) to.destroySoon();
  else if (to.writable) to.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
}
