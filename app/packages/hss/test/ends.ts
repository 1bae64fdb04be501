/** Users of sockets for tests: they write down what happens to them. */
import { CardSession, HostSession, resultCode, type HssSocket } from '../src/index.ts';
import type { Answer, Connecting, SocketAddress } from '../src/index.ts';

export class Recorder {
  readonly events: string[] = [];
  socket: HssSocket | undefined;
  received = 0;
  #checksum = 0;
  /** When set, data stay unconsumed until `consumeAll`. */
  isSlow = false;
  readonly #held: (() => void)[] = [];

  onConnect(): void {
    this.events.push('connect');
  }

  onEstablished(socket: HssSocket): void {
    this.socket = socket;
    this.events.push('connect');
  }

  onData(data: Uint8Array, consumed: () => void): void {
    for (const byte of data) this.#checksum = (Math.imul(this.#checksum, 31) + byte) | 0;
    this.received += data.length;
    if (this.isSlow) this.#held.push(consumed);
    else consumed();
  }

  onEnd(): void {
    this.events.push('end');
  }

  onClose(errno: string | undefined): void {
    this.events.push(`close ${errno ?? 'normal'}`);
  }

  consumeAll(): void {
    for (const consumed of this.#held.splice(0)) consumed();
  }

  get checksum(): number {
    return this.#checksum;
  }
}

export function checksumOf(data: Uint8Array): number {
  let sum = 0;
  for (const byte of data) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

export const enf: SocketAddress = { address: Uint8Array.of(23, 147, 128, 112), port: 443 };

export interface Ends {
  card: CardSession;
  host: HostSession;
  /** The host's users, in the order of their CONNECT. */
  connections: (Recorder & { to: SocketAddress; answer: Answer })[];
  connect: (to?: SocketAddress) => Recorder;
}

/** Each CONNECT is answered with `result`, or left to the test when that is null. */
export function makeEnds(result: number | null = resultCode.success, maxSockets = 8): Ends {
  const card = new CardSession();
  const connections: Ends['connections'] = [];
  const host = new HostSession({
    maxSockets,
    onConnect: (to, answer): Connecting => {
      const user = Object.assign(new Recorder(), { to, answer });
      connections.push(user);
      // A connection never stands within the call.
      if (result !== null) queueMicrotask(() => answer(result));
      return user;
    },
  });
  const connect = (to: SocketAddress = enf): Recorder => {
    const user = new Recorder();
    user.socket = card.connect(to, user);
    return user;
  };
  return { card, host, connections, connect };
}

export function startPlain({ card, host }: Ends): void {
  card.plugged();
  host.start(undefined);
}

export function startWindowed({ card, host }: Ends, cardBytes = 65536, hostBytes = 131072): void {
  card.plugged();
  card.windowGranted(hostBytes, cardBytes);
  host.start({ ours: hostBytes, theirs: cardBytes });
}
