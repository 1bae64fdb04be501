/** How much a session keeps of what the other side sends, or makes it answer; and for how long. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeMessage, HostSession, resultCode, type HssMessage } from '../../src/index.ts';
import { maxAnswerCost, maxPlainCost, messageCost } from '../../src/budget.ts';
import { Cable, randomFrom } from '../cable.ts';
import { enf, makeEnds, Recorder, startPlain, startWindowed, type Ends } from '../ends.ts';

const minuteMs = 60_000;

function openOf(handle: number): HssMessage {
  const numbers = { family: 1, protocol: 1, type: 1 };
  return { kind: 'open', messageId: 1, socketId: 0, handle, ...numbers };
}

for (const isWindowed of [false, true]) {
  describe(`a host, ${isWindowed ? 'windowed' : 'plain'}`, () => {
    let host: HostSession;
    let peers: Recorder[];
    beforeEach(() => {
      peers = [];
      host = new HostSession({
        maxSockets: 2,
        onConnect: (_, answer) => {
          const peer = new Recorder();
          peers.push(peer);
          answer(resultCode.success);
          return peer;
        },
      });
      host.start(isWindowed ? { ours: 1000, theirs: 1000 } : undefined);
    });

    function receive(message: HssMessage, now = 0): void {
      const bytes = encodeMessage(message);
      if (isWindowed || message.kind === 'transmit') {
        host.bulkReceived(bytes, true, () => undefined, now);
      } else host.commandReceived(bytes, now);
    }
    function connect(socketId: number): Recorder {
      receive(openOf(socketId));
      receive({ kind: 'connect', messageId: 2, socketId, to: enf });
      return peers.at(-1)!;
    }
    function transmit(socketId: number, length: number): void {
      receive({ kind: 'transmit', messageId: 3, socketId, data: new Uint8Array(length) });
    }
    /** What the host sends. */
    function send(): Uint8Array {
      const parts: Uint8Array[] = [];
      for (let command = host.nextCommand(); command; command = host.nextCommand()) {
        parts.push(command);
      }
      const buffer = new Uint8Array(16384);
      for (let length = host.nextBulk(buffer, 0); length > 0; length = host.nextBulk(buffer, 0)) {
        parts.push(buffer.slice(0, length));
      }
      return Buffer.concat(parts);
    }

    it('is full when a card makes it answer and does not read, until it reads', () => {
      let count = 0;
      while (!host.isFull) {
        receive(openOf(++count));
        assert.ok(count < 1000);
      }
      const answerBytes = 15;
      assert.equal(host.waitingCommands, count);
      assert.equal(count, Math.floor(maxAnswerCost / (messageCost + answerBytes)) + 1);
      send();
      assert.equal(host.isFull, false);
      assert.equal(host.waitingCommands, 0);
    });

    it('is not full of what it takes back', () => {
      for (let count = 0; count < 1000; count++) {
        receive(openOf(7));
        receive({ kind: 'close', messageId: 1, socketId: 7 });
        send();
        assert.equal(host.isFull, false);
      }
      host.stop();
      for (let count = 0; count < 300; count++) receive(openOf(count));
      assert.equal(host.isFull, true);
      host.stop();
      assert.equal(host.isFull, false);
    });

    it('counts a closed socket as long as its last data wait for the server', () => {
      connect(1).isSlow = true;
      const quick = connect(2);
      transmit(1, 500);
      transmit(1, 20);
      transmit(2, 500);
      for (const socketId of [1, 2]) {
        receive({ kind: 'shutdown', messageId: 4, socketId });
        receive({ kind: 'close', messageId: 5, socketId });
      }
      host.expire(50); // for which a plain one waits
      assert.equal(host.socketCount, 0);
      assert.equal(quick.received, 500);
      assert.equal(host.unconsumedBytes, 520);
      send();
      connect(3);
      assert.equal(peers.length, 3);
      connect(4);
      assert.equal(peers.length, 3, 'refused: there are two');
      peers[0]!.consumeAll();
      assert.equal(host.unconsumedBytes, 0);
      connect(5);
      assert.equal(peers.length, 4);
    });

    it('hands on what it gathered before the end, and before the close', () => {
      const peer = connect(1);
      peer.isSlow = true;
      transmit(1, 10);
      transmit(1, 10);
      receive({ kind: 'shutdown', messageId: 4, socketId: 1 });
      assert.equal(peer.received, 20);
      assert.deepEqual(peer.events, ['connect', 'end']);
      const other = connect(2);
      other.isSlow = true;
      transmit(2, 10);
      transmit(2, 10);
      receive({ kind: 'close', messageId: 4, socketId: 2 });
      host.expire(50);
      assert.equal(other.received, 20);
      assert.match(other.events.at(-1)!, /close/);
    });

    it('keeps nothing for a user that has gone', () => {
      const peer = connect(1);
      peer.isSlow = true;
      transmit(1, 10);
      transmit(1, 10);
      peer.socket!.destroy();
      assert.equal(host.unconsumedBytes, 10);
      peer.consumeAll();
      assert.equal(host.unconsumedBytes, 0);
      assert.equal(peer.received, 10);
    });

    it('does not acknowledge in one session what the last one brought', () => {
      const peer = connect(1);
      peer.isSlow = true;
      transmit(1, 400);
      host.start(isWindowed ? { ours: 1000, theirs: 1000 } : undefined);
      const next = connect(1);
      assert.notEqual(next, peer);
      send();
      peer.consumeAll();
      host.expire(minuteMs);
      assert.equal(send().length, 0);
    });
  });
}

describe('a plain session', () => {
  for (const length of [1, 1000]) {
    it(`is full of messages of ${length} bytes that are not taken, at the same memory`, async () => {
      const ends = makeEnds();
      startPlain(ends);
      await connectOne(ends);
      const [peer] = ends.connections;
      peer!.isSlow = true;
      let count = 0;
      const data = new Uint8Array(length);
      while (!ends.host.isFull) {
        const message = { kind: 'transmit', messageId: ++count, socketId: 1, data } as const;
        ends.host.bulkReceived(encodeMessage(message), true, () => undefined, 0);
        assert.ok(count < 1000);
      }
      assert.equal(count, Math.floor(maxPlainCost / (messageCost + length)) + 1);
      assert.equal(ends.host.unconsumedBytes, count * length);
      while (ends.host.unconsumedBytes > 0) peer!.consumeAll();
      // Each has its answer, which the card has to read first.
      assert.equal(ends.host.waitingCommands, count);
      while (ends.host.nextCommand() !== undefined);
      assert.equal(ends.host.isFull, false);
    });
  }
});

describe('a windowed session', () => {
  async function connected(): Promise<Ends & { cable: Cable }> {
    const ends = makeEnds(resultCode.success, 2);
    startWindowed(ends, 10_000, 20_000);
    return { ...ends, cable: await connectOne(ends) };
  }

  it('is not full of data: the windows bound them', async () => {
    const { host, cable, connections } = await connected();
    connections[0]!.isSlow = true;
    const data = Uint8Array.of(1);
    for (let count = 0; count < 20_000; count++) {
      const message = { kind: 'transmit', messageId: 1, socketId: 1, data } as const;
      host.bulkReceived(encodeMessage(message), true, () => undefined, cable.now);
    }
    assert.equal(host.isFull, false);
    assert.equal(host.unconsumedBytes, 20_000);
    assert.equal(host.socketCount, 1);
  });

  it('reports within a second that data were taken, however few they are', async () => {
    const { host, cable, connections } = await connected();
    connections[0]!.socket!.write(new Uint8Array(10), () => undefined);
    cable.settle();
    const { messagesIn } = host.counters;
    for (let turn = 0; turn < 1000; turn++) cable.turn();
    cable.settle();
    assert.equal(host.counters.messagesIn, messagesIn + 1);
  });

  it('takes acknowledgements for life: who only receives is not forgotten, who says nothing is', async () => {
    const { host, cable, connections, connect } = await connected();
    const silent = connect();
    cable.settle();
    await nextTurn();
    cable.settle();
    for (let minute = 0; minute < 15; minute++) {
      cable.now += minuteMs;
      connections[0]!.socket!.write(new Uint8Array(10), () => undefined);
      cable.settle();
      cable.now += 1000;
      cable.settle();
    }
    const third = connect();
    cable.settle();
    await nextTurn();
    cable.settle();
    assert.deepEqual(third.events, ['connect']);
    assert.deepEqual(connections[0]!.events, ['connect']);
    assert.deepEqual(connections[1]!.events, ['connect', 'close ETIMEDOUT']);
    assert.deepEqual(silent.events, ['connect', 'close ECONNRESET']);
    assert.equal(host.socketCount, 2);
  });
});

async function connectOne(ends: Ends): Promise<Cable> {
  const cable = new Cable(ends.card, ends.host, { random: randomFrom(7) });
  const user = ends.connect();
  for (let round = 0; round < 3; round++) {
    cable.settle();
    await nextTurn();
  }
  assert.deepEqual(user.events, ['connect']);
  assert.equal(user.socket!.id, 1);
  return cable;
}
