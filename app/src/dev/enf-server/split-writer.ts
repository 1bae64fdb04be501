/** Writes in pieces, each a TLS record of its own: the next one goes out when the one before has left. */
import type { TLSSocket } from 'node:tls';

interface Job {
  readonly bytes: Uint8Array;
  readonly done: () => void;
}

export class SplitWriter {
  /** Bytes that are not with the socket yet. */
  pendingBytes = 0;
  readonly #pieceBytes: number;
  readonly #jobs: Job[] = [];
  #offset = 0;
  #busy = false;

  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  write(socket: TLSSocket, bytes: Uint8Array, done: () => void): void {
    this.#jobs.push({ bytes, done });
    this.pendingBytes += bytes.length;
    if (!this.#busy) this.#writePiece(socket);
  }

  #writePiece(socket: TLSSocket): void {
    const job = this.#jobs[0];
    this.#busy = job !== undefined;
    if (job === undefined) return;
    const piece = job.bytes.subarray(this.#offset, this.#offset + this.#pieceBytes);
    this.#offset += piece.length;
    this.pendingBytes -= piece.length;
    // Two writes at once would leave in one record.
    socket.write(piece, () => {
      if (this.#offset === job.bytes.length) {
        this.#jobs.shift();
        this.#offset = 0;
        job.done();
      }
      this.#writePiece(socket);
    });
  }
}
