/**
 * One client's tunnel: reads frames from its TLS connection, and is the output for packets to its address.
 * Independent of other clients; where packets go is decided by the forwarder.
 */
import type { CipherNameAndProtocol, TLSSocket } from 'node:tls';
import type { BufferPool } from './buffer-pool.ts';
import { FrameReader } from './frame-reader.ts';
import { PauseCounter, OutputQueue } from './output-queue.ts';
import type { Source, FlushScheduler } from './output-queue.ts';
import type { SessionFaults } from './session-faults.ts';

/** A client's interface may have an MTU of up to 1500. */
const maxInboundPayload = 1500;
const lowWaterBytes = 64 * 1024;
/** Time for the last bytes of a session that we end; a client that does not read must not keep it without end. */
const lingerMs = 2000;
/** A connection that is gone on the other side is found after 300 s + probes by the kernel. */
const keepAliveMs = 300_000;

export interface SessionHandlers {
  /** Whole frames of the client in `buf[off, end)`, which the handler may change. */
  onFrames(session: ClientSession, buf: Uint8Array, off: number, end: number): void;
  /** Once, whatever the cause. */
  onClosed(session: ClientSession, reason: string): void;
}

export interface SessionOptions {
  readonly socket: TLSSocket;
  /** 16 bytes. */
  readonly address: Uint8Array;
  readonly addressText: string;
  readonly turn: FlushScheduler;
  readonly pool: BufferPool;
  readonly faults: SessionFaults;
  readonly handlers: SessionHandlers;
}

export interface SessionTraffic {
  receivedBytes: number;
  sentBytes: number;
}

export class ClientSession extends OutputQueue {
  readonly address: Uint8Array;
  readonly addressText: string;
  readonly peer: string;
  readonly since = new Date();
  readonly faults: SessionFaults;
  readonly traffic: SessionTraffic = { receivedBytes: 0, sentBytes: 0 };
  /** Stops and restarts reading from this client. */
  readonly source: Source;
  readonly #socket: TLSSocket;
  readonly #pool: BufferPool;
  readonly #handlers: SessionHandlers;
  readonly #reader: FrameReader;
  /** What is being gathered in this turn. */
  #buffer: Buffer | undefined;
  #filled = 0;
  #closed = false;

  constructor(options: SessionOptions) {
    super(options.turn);
    const { socket } = options;
    this.address = options.address;
    this.addressText = options.addressText;
    this.peer = peerName(socket);
    this.faults = options.faults;
    this.#socket = socket;
    this.#pool = options.pool;
    this.#handlers = options.handlers;
    this.#reader = new FrameReader(maxInboundPayload, (buf, off, end) => {
      if (!this.#closed) this.#handlers.onFrames(this, buf, off, end);
    });
    this.source = new PauseCounter(
      () => socket.pause(),
      () => socket.resume(),
    );
  }

  get closed(): boolean {
    return this.#closed;
  }

  get tls(): { protocol: string; cipher: string } {
    return {
      protocol: this.#socket.getProtocol() ?? 'unknown',
      // Typed as always there, which it is not once the session has ended.
      cipher:
        (this.#socket.getCipher() as CipherNameAndProtocol | undefined)?.standardName ?? 'unknown',
    };
  }

  override get queuedBytes(): number {
    return this.#socket.writableLength + this.faults.pendingBytes + this.#filled;
  }

  /** Begins to read. */
  start(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    socket.on('error', (error: Error) => this.#finish(`connection failed: ${error.message}`));
    socket.on('end', () => this.#finish('the client closed the connection'));
    socket.on('close', () => this.#finish('connection closed'));
    this.faults.open?.(socket, this);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** Ends the session in good order. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#finish(reason);
  }

  protected override take(buf: Uint8Array, off: number, end: number): void {
    if (this.#closed) return;
    let from = off;
    while (from < end) {
      const buffer = (this.#buffer ??= this.#pool.take());
      const count = Math.min(end - from, buffer.length - this.#filled);
      buffer.set(buf.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === buffer.length) this.writeOut();
    }
  }

  protected override writeOut(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const filled = this.#filled;
    this.#buffer = undefined;
    this.#filled = 0;
    if (this.#closed) {
      this.#pool.give(buffer);
      return;
    }
    this.traffic.sentBytes += filled;
    this.faults.write(this.#socket, buffer.subarray(0, filled), () => {
      this.#pool.give(buffer);
      if (this.queuedBytes < lowWaterBytes) this.relieve();
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.traffic.receivedBytes += chunk.length;
    if (!this.#reader.push(chunk)) {
      this.#finish(`sent a frame of more than ${maxInboundPayload} bytes`);
    }
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.writeOut();
    this.#closed = true;
    this.faults.close();
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
    this.relieve();
    this.#handlers.onClosed(this, reason);
  }
}

export function peerName(socket: TLSSocket): string {
  const { remoteAddress = 'unknown', remotePort = 0 } = socket;
  return remoteAddress.includes(':')
    ? `[${remoteAddress}]:${remotePort}`
    : `${remoteAddress}:${remotePort}`;
}
