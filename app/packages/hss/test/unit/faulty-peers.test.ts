/** Peers that break the rules: memory stays bounded, it is counted, and the next session is a good one. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CardSession, encodeMessage, opcode, resultCode } from '../../src/index.ts';
import { Cable, randomFrom, type CableOptions } from '../cable.ts';
import { checksumOf, enf, makeEnds, Recorder, startPlain, startWindowed } from '../ends.ts';

type Fault = Pick<CableOptions, 'faultyHost' | 'hostDelay'>;
type Random = (below: number) => number;

/** What arrives makes no sense to the card, and it counts that; or nothing arrives that it could count. */
type Trace = 'counted' | 'nothing to count';

const faults: [name: string, trace: Trace, fault: (random: Random) => Fault][] = [
  [
    'drops a tenth of what it sends',
    'nothing to count',
    (random) => ({ faultyHost: (bytes) => (random(10) ? bytes : undefined) }),
  ],
  [
    'drops every answer',
    'nothing to count',
    () => ({ faultyHost: (bytes, channel) => (channel === 'bulk' ? bytes : undefined) }),
  ],
  ['sends nothing at all', 'nothing to count', () => ({ faultyHost: () => undefined })],
  ['answers too late', 'counted', (random) => ({ hostDelay: () => random(100) })],
  [
    'cuts its transfers short',
    'counted',
    (random) => ({
      faultyHost: (bytes) => (random(5) ? bytes : bytes.subarray(0, random(bytes.length))),
    }),
  ],
  [
    'flips bits',
    'counted',
    (random) => ({
      faultyHost: (bytes) => {
        const changed = bytes.slice();
        if (random(5) === 0) changed[random(changed.length)]! ^= 1 << random(8);
        return changed;
      },
    }),
  ],
  [
    'claims 4 GiB',
    'counted',
    (random) => ({
      faultyHost: (bytes) => {
        const changed = bytes.slice();
        if (random(10) === 0) changed.fill(0xff, 8, 12);
        return changed;
      },
    }),
  ],
  [
    'sends messages of an unknown kind',
    'counted',
    (random) => ({
      faultyHost: (bytes) => (random(4) ? bytes : Uint8Array.from(bytes, () => random(256))),
    }),
  ],
  [
    'repeats itself',
    'counted',
    (random) => ({
      faultyHost: (bytes) => (random(3) ? bytes : Buffer.concat([bytes, bytes])),
    }),
  ],
];

const nonsense = ({ counters }: CardSession): number =>
  counters.malformed +
  counters.lostSync +
  counters.unknownSocket +
  counters.unexpected +
  counters.overruns;

for (const [mode, start] of Object.entries({ plain: startPlain, windowed: startWindowed })) {
  for (const [name, trace, makeFault] of faults) {
    it(`${mode}: survives a host that ${name}`, async () => {
      const random = randomFrom(11);
      const ends = makeEnds();
      let isFaulty = true;
      const { faultyHost, hostDelay } = makeFault(random);
      const cable = new Cable(ends.card, ends.host, {
        random,
        faultyHost: (bytes, channel) =>
          isFaulty && faultyHost ? faultyHost(bytes, channel) : bytes,
        hostDelay: () => (isFaulty && hostDelay ? hostDelay() : 0),
      });
      start(ends);
      let written = 0;
      for (let round = 0; round < 300; round++) {
        const user = ends.connect();
        for (let turn = 0; turn < 10; turn++) cable.turn();
        await nextTurn();
        for (const peer of ends.connections)
          peer.socket?.write(new Uint8Array(500), () => undefined);
        if (user.socket!.state === 'established') {
          user.socket!.write(new Uint8Array(3000), () => written++);
        }
        cable.turn();
        assert.ok(ends.card.unconsumedBytes === 0, 'all was taken');
        assert.ok(ends.card.waitingCommands < 20, `${ends.card.waitingCommands} commands wait`);
        user.socket!.destroy();
        assert.equal(ends.card.socketCount, 0);
      }
      if (trace === 'counted') assert.ok(nonsense(ends.card) > 10, `${nonsense(ends.card)} times`);
      isFaulty = false;
      cable.clear();
      start(ends);
      const user = ends.connect();
      for (let round = 0; round < 3; round++) {
        cable.settle();
        await nextTurn();
      }
      assert.deepEqual(user.events, ['connect'], `after ${written} writes`);
      ends.connections.at(-1)!.socket!.write(new Uint8Array(10_000), () => undefined);
      cable.settle();
      assert.equal(user.received, 10_000);
    });
  }

  it(`${mode}: takes the same from a host that sends every byte of the stream by itself`, async () => {
    const ends = makeEnds();
    const cable = new Cable(ends.card, ends.host, {
      random: randomFrom(12),
      faultyHost: (bytes, channel) =>
        channel === 'bulk' ? Array.from(bytes, (byte) => Uint8Array.of(byte)) : bytes,
    });
    start(ends);
    const user = ends.connect();
    for (let round = 0; round < 3; round++) {
      cable.settle();
      await nextTurn();
    }
    const sent = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
    ends.connections[0]!.socket!.write(sent, () => undefined);
    cable.settle();
    assert.deepEqual([user.received, user.checksum], [sent.length, checksumOf(sent)]);
    assert.equal(nonsense(ends.card), 0);
    ends.connections[0]!.socket!.end();
    cable.settle();
    assert.ok(user.events.length > 1, 'and its end');
  });
}

describe('a card and a windowed host that breaks the rules', () => {
  let card: CardSession;
  let user: Recorder;
  beforeEach(() => {
    card = new CardSession();
    card.plugged();
    card.windowGranted(1000, 2000);
    user = new Recorder();
    user.socket = card.connect(enf, user);
    for (const of of [opcode.open, opcode.connect]) answer(of, resultCode.success);
    assert.deepEqual(user.events, ['connect']);
  });

  const receive = (bytes: Uint8Array): void => card.bulkReceived(bytes, true, () => undefined, 0);
  function answer(of: number, result: number, data = new Uint8Array(0)): void {
    const ids = { messageId: 1, socketId: user.socket!.id };
    receive(encodeMessage({ kind: 'ack', ...ids, of, result, data }));
  }
  const data = (length: number): Uint8Array =>
    encodeMessage({
      kind: 'transmit',
      messageId: 1,
      socketId: user.socket!.id,
      data: new Uint8Array(length),
    });

  it('closes a socket that gets more than its window', () => {
    user.isSlow = true;
    receive(data(2000));
    assert.deepEqual(user.events, ['connect']);
    receive(data(1));
    assert.deepEqual(user.events, ['connect', 'close EPROTO']);
    assert.equal(card.counters.overruns, 1);
    assert.equal(card.unconsumedBytes, 2000, 'until its user lets go');
    user.consumeAll();
    assert.equal(card.unconsumedBytes, 0);
  });

  it('closes a socket whose data are acknowledged before they were sent, or by no number', () => {
    answer(opcode.transmit, 0, Uint8Array.of(1, 0, 0, 0));
    assert.deepEqual(user.events, ['connect', 'close EPROTO']);
  });

  it('closes a socket whose data are acknowledged by no number', () => {
    answer(opcode.transmit, 0);
    assert.deepEqual(user.events, ['connect', 'close EPROTO']);
  });

  it('sends not a byte more than the window of the host', () => {
    user.socket!.write(new Uint8Array(5000), () => undefined);
    const buffer = new Uint8Array(16384);
    card.nextBulk(buffer, 0);
    assert.equal(card.counters.bytesOut, 1000);
    assert.equal(card.nextBulk(buffer, 0), 0);
    answer(opcode.transmit, 0, Uint8Array.of(10, 0, 0, 0));
    card.nextBulk(buffer, 0);
    assert.equal(card.counters.bytesOut, 1010);
  });

  it('closes a socket whose full window the host leaves full, after 30 s', () => {
    const buffer = new Uint8Array(16384);
    const send = (now: number): number => card.nextBulk(buffer, now);
    user.socket!.write(new Uint8Array(1000), () => undefined);
    send(1000);
    assert.equal(card.deadline, undefined, 'nothing waits');
    user.socket!.write(new Uint8Array(2000), () => undefined);
    assert.equal(card.deadline, 31_000);
    // It is only slow.
    card.expire(30_999);
    answer(opcode.transmit, 0, Uint8Array.of(1, 0, 0, 0));
    assert.equal(card.deadline, undefined);
    send(31_000);
    card.expire(60_999);
    assert.deepEqual(user.events, ['connect']);
    assert.equal(card.deadline, 61_000);
    card.expire(61_000);
    assert.deepEqual(user.events, ['connect', 'close ETIMEDOUT']);
    assert.equal(card.counters.stalls, 1);
    assert.ok(card.nextBulk(buffer, 61_000) > 0, 'and says so');
    assert.equal(card.deadline, undefined);
  });

  it('counts answers that are not awaited', () => {
    answer(opcode.open, resultCode.success);
    answer(opcode.connect, resultCode.connectionRefused);
    assert.equal(card.counters.unexpected, 2);
    assert.deepEqual(user.events, ['connect']);
  });

  it('counts commands that only a card may send, and data on the wrong endpoint', () => {
    receive(encodeMessage({ kind: 'connect', messageId: 1, socketId: 1, to: enf }));
    card.commandReceived(data(5), 0);
    card.commandReceived(new Uint8Array(5), 0);
    const { unexpected, malformed } = card.counters;
    assert.deepEqual({ unexpected, malformed }, { unexpected: 2, malformed: 1 });
  });
});
