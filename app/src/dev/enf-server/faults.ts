/**
 * The faults of `--misbehave`: the server behaves badly towards its clients, on demand and repeatably. `faultHelp`
 * lists the kinds and what they mean.
 */
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { encodeFrame, frameHeaderLength, maxFramePayload } from '../../wire/frame-stream.ts';
import { SessionFaults } from './session-faults.ts';
import type { QuirkySession } from './session-faults.ts';
import { SplitWriter } from './split-writer.ts';

/** Kinds with a number, and the number when none is given. */
export const faultDefaults = {
  'close-before-first-byte': Infinity,
  'refuse-after-handshake': Infinity,
  stall: 0,
  garbage: 1000,
  'length-zero': 100,
  overlong: maxFramePayload + 1,
  split: 1,
  'no-heartbeat': undefined,
  'drop-up': 1,
  'drop-down': 1,
} as const;

export type NumberedKind = keyof typeof faultDefaults;

export type Fault =
  | { readonly kind: NumberedKind; readonly value: number }
  /** `packets` are whole IP packets. */
  | { readonly kind: 'inject'; readonly packets: readonly Uint8Array[] };

export const faultHelp = `\
  close-before-first-byte[=N]  drop the connection after the handshake without a close_notify; N: the first N only
  refuse-after-handshake[=N]   close the session in good order before its first byte; N: the first N only
  stall[=N]                    neither read nor write, from N seconds after the start on (default 0)
  garbage[=N]                  begin with N random bytes (default 1000)
  length-zero[=N]              an empty frame every N milliseconds (default 100)
  overlong[=N]                 begin with a frame of N bytes (default 1497, one too many)
  split[=N]                    TLS records of N bytes (default 1)
  no-heartbeat                 no answer to pings of fe80::1
  drop-up[=N]                  lose every Nth packet from the client (default 1: all)
  drop-down[=N]                lose every Nth packet to the client (default 1: all)
  inject=FILE                  begin with the packets in FILE: one per line in hex, # starts a comment
`;

/** Shared by all sessions of a router: some kinds count connections. */
export class FaultPlan {
  readonly #list: readonly Fault[];
  readonly #refusalsLeft: Record<'abrupt' | 'orderly', number>;

  constructor(list: readonly Fault[]) {
    this.#list = list;
    this.#refusalsLeft = {
      abrupt: valueOf(list, 'close-before-first-byte') ?? 0,
      orderly: valueOf(list, 'refuse-after-handshake') ?? 0,
    };
  }

  /** How the connection that was just made is to be ended at once, if at all. */
  refusal(): 'abrupt' | 'orderly' | undefined {
    for (const manner of ['abrupt', 'orderly'] as const) {
      if (this.#refusalsLeft[manner] > 0) {
        this.#refusalsLeft[manner]--;
        return manner;
      }
    }
    return undefined;
  }

  /** The behaviour of one session. */
  forSession(): SessionFaults {
    return this.#list.length === 0 ? new SessionFaults() : new FaultySession(this.#list);
  }
}

class FaultySession extends SessionFaults {
  override readonly ignoresHeartbeats: boolean;
  readonly #list: readonly Fault[];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #loseUp: EveryNth;
  readonly #loseDown: EveryNth;
  readonly #splitter: SplitWriter | undefined;
  #stalled = false;
  #stalledBytes = 0;

  constructor(list: readonly Fault[]) {
    super();
    this.#list = list;
    this.ignoresHeartbeats = list.some(({ kind }) => kind === 'no-heartbeat');
    this.#loseUp = new EveryNth(valueOf(list, 'drop-up'));
    this.#loseDown = new EveryNth(valueOf(list, 'drop-down'));
    const pieceBytes = valueOf(list, 'split');
    this.#splitter = pieceBytes === undefined ? undefined : new SplitWriter(pieceBytes);
  }

  override get pendingBytes(): number {
    return this.#stalledBytes + (this.#splitter?.pendingBytes ?? 0);
  }

  override readonly open = (socket: TLSSocket, session: QuirkySession): void => {
    for (const fault of this.#list) {
      switch (fault.kind) {
        case 'stall':
          this.#stallAfter(fault.value, session);
          break;
        case 'garbage':
          socket.write(randomBytes(fault.value));
          break;
        case 'length-zero':
          this.#timers.push(setInterval(() => sendPacket(session, empty), fault.value));
          break;
        case 'overlong':
          sendPacket(session, new Uint8Array(fault.value));
          break;
        case 'inject':
          for (const packet of fault.packets) sendPacket(session, packet);
          break;
        case 'close-before-first-byte':
        case 'refuse-after-handshake':
        case 'split':
        case 'no-heartbeat':
        case 'drop-up':
        case 'drop-down':
          break;
      }
    }
  };

  override losesUp(): boolean {
    return this.#loseUp.next();
  }

  override losesDown(): boolean {
    return this.#loseDown.next();
  }

  override write(socket: TLSSocket, bytes: Uint8Array, done: () => void): void {
    if (this.#stalled) {
      this.#stalledBytes += bytes.length;
    } else if (this.#splitter !== undefined) {
      this.#splitter.write(socket, bytes, done);
    } else {
      super.write(socket, bytes, done);
    }
  }

  override close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #stallAfter(seconds: number, session: QuirkySession): void {
    const stall = () => {
      this.#stalled = true;
      // Never released.
      session.source.hold();
    };
    if (seconds === 0) stall();
    else this.#timers.push(setTimeout(stall, seconds * 1000));
  }
}

/** True for the Nth, 2Nth, ... call; never when there is no N. */
class EveryNth {
  readonly #n: number;
  #count = 0;

  constructor(n: number | undefined) {
    this.#n = n ?? Infinity;
  }

  next(): boolean {
    if (++this.#count < this.#n) return false;
    this.#count = 0;
    return true;
  }
}

const empty = new Uint8Array(0);

function sendPacket(session: QuirkySession, packet: Uint8Array): void {
  const frame = encodeFrame(packet);
  session.send(frame, 0, frameHeaderLength + packet.length, undefined);
}

function valueOf(list: readonly Fault[], kind: NumberedKind): number | undefined {
  for (const entry of list) if (entry.kind === kind) return entry.value;
  return undefined;
}
