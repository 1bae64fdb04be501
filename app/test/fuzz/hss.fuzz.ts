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
  type HssMessage,
  type HssSocket,
  type SocketHandlers,
} from 'hss';
import { maxAnswerCost, maxPlainCost, messageCost } from '../../packages/hss/src/budget.ts';
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

const fuzzWindow = 20_000;
const fuzzSockets = 3;
const fuzzTransfer = 16 * 1024;
/** Of a plain session: the budget for data and the one for answers, which data become, and those of one step. */
const fuzzMessages = (maxAnswerCost + maxPlainCost) / messageCost + 64;
/** Outlives every wait of a session but that for sockets that the card has forgotten. */
const fuzzMinuteMs = 60_000;

/**
 * The first byte: bit 0 windowed or not. Then steps of three bytes: what the card does, its users or time, with which
 * socket, and how much. Whatever they are, the host keeps no more than its budgets.
 */
fuzzTarget('hss-budget', (input) => {
  const isWindowed = Boolean((input[0] ?? 0) & 1);
  const held: { data: Uint8Array; consumed: () => void }[] = [];
  const sockets: HssSocket[] = [];
  const host = new HostSession({
    maxSockets: fuzzSockets,
    onConnect: (_, answer): Connecting => {
      answer(resultCode.success);
      return {
        onEstablished: (socket) => void sockets.push(socket),
        onData: (data, consumed) => void held.push({ data, consumed }),
        onEnd: () => undefined,
        onClose: () => undefined,
      };
    },
  });
  host.start(isWindowed ? { ours: fuzzWindow, theirs: fuzzWindow } : undefined);
  const out = new Uint8Array(fuzzTransfer);
  let now = 0;
  let released = 0;
  let received = 0;
  /** Data messages since the users last took some, or the card read. */
  let untaken = 0;
  /** As a driver does: not while it is full, and one message in each transfer, which is what costs most. */
  const receive = (message: HssMessage): void => {
    if (host.isFull) return;
    if (message.kind === 'transmit') untaken++;
    const bytes = encodeMessage(message);
    if (!isWindowed && message.kind !== 'transmit') return host.commandReceived(bytes, now);
    const transfer = new Uint8Array(fuzzTransfer);
    transfer.set(bytes);
    received++;
    host.bulkReceived(transfer.subarray(0, bytes.length), true, () => released++, now);
  };
  for (let at = 1; at + 2 < input.length; at += 3) {
    const [step, which, amount] = input.subarray(at, at + 3) as unknown as [number, number, number];
    const socketId = which % 5;
    const ids = { messageId: at, socketId };
    const action = step % 9;
    if (action > 4) untaken = 0;
    switch (action) {
      case 0:
        receive({ kind: 'open', ...ids, handle: socketId, family: 1, protocol: 1, type: 1 });
        break;
      case 1:
        receive({
          kind: 'connect',
          ...ids,
          to: { address: Uint8Array.of(192, 0, 2, 1), port: 443 },
        });
        break;
      case 2:
        receive({ kind: 'transmit', ...ids, data: new Uint8Array(amount * 60) });
        break;
      case 3:
        for (let i = 0; i <= amount % 64; i++)
          receive({ kind: 'transmit', ...ids, data: out.slice(0, 1) });
        break;
      case 4:
        receive({ kind: amount & 1 ? 'shutdown' : 'close', ...ids });
        break;
      case 5:
        for (const { consumed } of held.splice(0, 1 + amount)) consumed();
        break;
      case 6:
        while (host.nextCommand() !== undefined || host.nextBulk(out, now) > 0);
        break;
      case 7:
        if (amount & 1) sockets[which % sockets.length]?.destroy();
        else sockets[which % sockets.length]?.write(new Uint8Array(amount), () => undefined);
        break;
      default:
        now += fuzzMinuteMs;
        host.expire(now);
    }
    const buffers = new Set(held.map(({ data }) => data.buffer));
    const kept = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(kept <= 2 * host.unconsumedBytes + 8 * fuzzTransfer, `${kept} bytes are kept`);
    assert.ok(received - released <= host.unconsumedBytes / 8192, 'transfers are free again');
    assert.ok(host.socketCount <= fuzzSockets);
    assert.ok(host.waitingCommands <= fuzzMessages, `${host.waitingCommands} commands wait`);
    if (isWindowed) assert.ok(host.unconsumedBytes <= fuzzSockets * fuzzWindow);
    else assert.ok(untaken <= fuzzMessages, `${untaken} messages are kept`);
  }
  while (held.length > 0) for (const { consumed } of held.splice(0)) consumed();
  assert.equal(host.unconsumedBytes, 0);
  assert.equal(released, received, 'each transfer was released once');
  host.stop();
  assert.equal(host.isFull, false);
  const { malformed, unexpected, unknownSocket, overruns } = host.counters;
  return malformed + unexpected + unknownSocket + overruns === 0;
});
