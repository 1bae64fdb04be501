/** Peers that break the rules: memory stays bounded, it is counted, and the next session is a good one. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CardSession, encodeMessage, opcode, resultCode } from '../../src/index.ts';
import { Cable, randomFrom, type CableOptions } from '../cable.ts';
import { enf, makeEnds, Recorder, startPlain, startWindowed } from '../ends.ts';

type Fault = NonNullable<CableOptions['faultyHost']>;

const faults: [name: string, fault: (random: (below: number) => number) => Fault][] = [
  ['drops a tenth of what it sends', (random) => (bytes) => (random(10) ? bytes : undefined)],
  ['drops every answer', () => (bytes, channel) => (channel === 'bulk' ? bytes : undefined)],
  ['sends nothing at all', () => () => undefined],
  [
    'cuts its transfers short',
    (random) => (bytes) => (random(5) ? bytes : bytes.subarray(0, random(bytes.length))),
  ],
  [
    'flips bits',
    (random) => (bytes) => {
      const changed = bytes.slice();
      if (random(5) === 0) changed[random(changed.length)]! ^= 1 << random(8);
      return changed;
    },
  ],
  [
    'claims 4 GiB',
    (random) => (bytes) => {
      const changed = bytes.slice();
      if (random(10) === 0) changed.fill(0xff, 8, 12);
      return changed;
    },
  ],
  [
    'sends messages that nobody knows',
    (random) => (bytes) => (random(4) ? bytes : Uint8Array.from(bytes, () => random(256))),
  ],
  ['repeats itself', (random) => (bytes) => (random(3) ? bytes : Buffer.concat([bytes, bytes]))],
];

for (const [mode, start] of Object.entries({ plain: startPlain, windowed: startWindowed })) {
  for (const [name, makeFault] of faults) {
    it(`${mode}: survives a host that ${name}`, async () => {
      const random = randomFrom(11);
      const ends = makeEnds();
      let isFaulty = true;
      const fault = makeFault(random);
      const cable = new Cable(ends.card, ends.host, {
        random,
        faultyHost: (bytes, channel) => (isFaulty ? fault(bytes, channel) : bytes),
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

  it('counts answers that nobody waits for', () => {
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
