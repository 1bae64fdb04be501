/**
 * Gives the memory of received chunks back at once. TLS delivers every record in an ArrayBuffer of its own, and the
 * garbage collector, to which such a chunk looks small, lets some 32 MiB of them gather. Node.js has no way to
 * receive into a buffer of ours on a TLS socket that was made over a connected one.
 */
import { createRequire } from 'node:module';
import type v8 from 'node:v8';
import type vm from 'node:vm';

/** Frees the chunk's memory if it is the chunk's alone; its bytes must not be used any more. */
export type ReleaseChunk = (chunk: Buffer) => void;

/** ES2024, in V8 from Node.js 22 on; TypeScript's library for our target does not have it. */
interface Transferable {
  transfer?: (this: ArrayBufferLike, newByteLength: number) => ArrayBuffer;
}

/** Bytes after which Node.js 20 collects: 0.3 ms of work each time. */
const collectAfterBytes = 2 * 1024 * 1024;

export function chunkReleaser(): ReleaseChunk {
  const { transfer } = ArrayBuffer.prototype as Transferable;
  if (transfer === undefined) return collectorOfYoungGarbage();
  return (chunk) => {
    // A transfer to an empty buffer leaves the old one without memory.
    if (ownsItsBuffer(chunk)) transfer.call(chunk.buffer, 0);
  };
}

function ownsItsBuffer({ byteLength, buffer }: Buffer): boolean {
  return byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
}

/** For Node.js 20: collects the young generation, where all chunks are, every few MiB. */
function collectorOfYoungGarbage(): ReleaseChunk {
  let collect: Collect | undefined;
  let received = 0;
  return (chunk) => {
    received += chunk.byteLength;
    if (received < collectAfterBytes) return;
    received = 0;
    collect ??= collector();
    collect({ type: 'minor' });
  };
}

type Collect = (options: { type: 'minor' }) => void;

/** Made when it is needed: a new context is expensive. */
function collector(): Collect {
  const require = createRequire(import.meta.url);
  const { setFlagsFromString } = require('node:v8') as typeof v8;
  const { runInNewContext } = require('node:vm') as typeof vm;
  setFlagsFromString('--expose-gc');
  // The flag gives the function to contexts made while it is set; compiled code is kept for the flags without it.
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
