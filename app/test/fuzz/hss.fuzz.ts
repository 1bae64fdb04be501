/** What a host may send to the card over USB, and a card to its host. */
import assert from 'node:assert/strict';
import {
  CardSession,
  decodeMessage,
  encodeMessage,
  headerLength,
  HostSession,
  opcode,
  resultCode,
  StreamReader,
  type Connecting,
  type SocketHandlers,
} from 'hss';
import { fuzzTarget } from './fuzz-target.ts';

/** Makes the length right, which random changes never do. */
function repair(message: Uint8Array): void {
  if (message.length < headerLength) return;
  new DataView(message.buffer).setUint32(8, message.length - headerLength, true);
}

fuzzTarget('hss-message', (input) => {
  if ((input[0] ?? 0) & 1) repair(input);
  const message = decodeMessage(input);
  if (message.kind === 'malformed') {
    assert.ok(message.offset >= 0 && message.offset <= input.length);
    return false;
  }
  const again = decodeMessage(encodeMessage(message));
  assert.deepEqual(again, message);
  return true;
});

/** The first byte is the size of the chunks, the rest the stream. */
fuzzTarget('hss-stream', (input) => {
  const stream = input.subarray(1);
  const size = (input[0] ?? 0) + 1;
  const whole = read(stream, stream.length + 1);
  const pieces = read(stream, size);
  // How much is dropped after nonsense depends on where the transfer ends; up to there nothing does.
  const common = Math.min(whole.seen.length, pieces.seen.length);
  const upTo = whole.isLost ? common : whole.seen.length;
  assert.deepEqual(pieces.seen.slice(0, upTo), whole.seen.slice(0, upTo));
  return !whole.isLost;
});

function read(stream: Uint8Array, size: number): { seen: string[]; isLost: boolean } {
  const seen: string[] = [];
  let isLost = false;
  let open = '';
  const reader = new StreamReader({
    onMessage: (bytes) => {
      if (!isLost) seen.push(Buffer.from(bytes).toString('hex'));
    },
    onData: (socketId, messageId, data, isLast) => {
      if (isLost) return;
      open += Buffer.from(data).toString('hex');
      if (!isLast) return;
      seen.push(`${socketId} ${messageId} ${open}`);
      open = '';
    },
    onGarbage: (lost) => (isLost ||= lost),
  });
  for (let at = 0; at < stream.length; at += size) {
    reader.push(stream.subarray(at, at + size), at + size >= stream.length);
  }
  return { seen, isLost };
}

const user: SocketHandlers & { onConnect(): void; onEstablished(): void } = {
  onConnect: () => undefined,
  onEstablished: () => undefined,
  onData: (_, consumed) => consumed(),
  onEnd: () => undefined,
  onClose: () => undefined,
};

/** The first byte: bit 0 windowed or not, bit 1 how the rest arrives, bit 2 at which end. */
fuzzTarget('hss-session', (input) => {
  const [flags = 0] = input;
  const bytes = input.subarray(1);
  const isWindowed = Boolean(flags & 1);
  const session = flags & 4 ? startHost(isWindowed) : startCard(isWindowed);
  let released = 0;
  if (flags & 2) session.commandReceived(bytes, 1);
  else session.bulkReceived(bytes, true, () => released++, 1);
  if (!(flags & 2)) assert.equal(released, 1, 'a chunk was released once');
  assert.equal(session.unconsumedBytes, 0);
  const buffer = new Uint8Array(2048);
  for (let rounds = 0; session.nextBulk(buffer, 2) > 0; rounds++) assert.ok(rounds < 1000);
  for (let rounds = 0; session.nextCommand() !== undefined; rounds++) assert.ok(rounds < 1000);
  session.expire(100_000);
  assert.equal(session.deadline, undefined);
  const { malformed, lostSync, unexpected, unknownSocket, overruns } = session.counters;
  return malformed + lostSync + unexpected + unknownSocket + overruns === 0;
});

function startCard(isWindowed: boolean): CardSession {
  const card = new CardSession();
  card.plugged();
  if (isWindowed) card.windowGranted(1000, 1000);
  for (let socketId = 1; socketId <= 2; socketId++) {
    card
      .connect({ address: Uint8Array.of(192, 0, 2, 1), port: 443 }, user)
      .write(new Uint8Array(100), () => undefined);
    for (const of of [opcode.open, opcode.connect].slice(0, socketId)) {
      const data = new Uint8Array(0);
      const ack = { kind: 'ack', messageId: 1, socketId, of, result: resultCode.success } as const;
      const bytes = encodeMessage({ ...ack, data });
      if (isWindowed) card.bulkReceived(bytes, true, () => undefined, 0);
      else card.commandReceived(bytes, 0);
    }
  }
  return card;
}

function startHost(isWindowed: boolean): HostSession {
  const host = new HostSession({
    maxSockets: 4,
    onConnect: (_, answer): Connecting => {
      answer(resultCode.success);
      return user;
    },
  });
  host.start(isWindowed ? { ours: 1000, theirs: 1000 } : undefined);
  const open = { kind: 'open', messageId: 1, socketId: 0, handle: 1 } as const;
  const bytes = encodeMessage({ ...open, family: 1, protocol: 1, type: 1 });
  if (isWindowed) host.bulkReceived(bytes, true, () => undefined, 0);
  else host.commandReceived(bytes, 0);
  return host;
}
