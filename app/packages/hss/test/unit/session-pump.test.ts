/** The output of a session: when it runs, and what the pump of the USB drivers makes of it. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CardSession,
  encodeMessage,
  resultCode,
  SessionPump,
  type HssSession,
} from '../../src/index.ts';
import { Cable, randomFrom } from '../cable.ts';
import { makeEnds, startPlain, startWindowed, type Ends, type Recorder } from '../ends.ts';

const transferBytes = 16 * 1024;
const transfers = 4;
const done = (): void => undefined;

function dataFor(socketId: number, length: number): Uint8Array {
  const data = new Uint8Array(length);
  return encodeMessage({ kind: 'transmit', messageId: 1, socketId, data });
}

/** Callbacks that wait for the check phase of the event loop. */
function scheduled(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate').length;
}

/** Two ends with one connection, set up over a cable that is then taken away. */
async function connected(start: (ends: Ends) => void, maxRounds = 5) {
  const ends = makeEnds();
  start(ends);
  const cable = new Cable(ends.card, ends.host, { random: randomFrom(3) });
  const user = ends.connect();
  for (let round = 0; round < maxRounds; round++) {
    cable.settle();
    await nextTurn();
  }
  assert.deepEqual(user.events, ['connect']);
  return { ...ends, cable, user, peer: ends.connections[0]! };
}

describe('the output of a session', () => {
  let runs: number;
  let ends: Ends & { cable: Cable; user: Recorder; peer: Recorder };
  beforeEach(async () => {
    ends = await connected((both) => startWindowed(both, 10_000, 10_000));
    runs = 0;
    ends.card.output.attach(() => runs++);
    await nextTurn();
    assert.equal(runs, 1, 'for what waited already');
    runs = 0;
  });
  afterEach(() => ends.card.output.detach());

  it('runs once per turn, whatever is written, and not within the call', async () => {
    for (let i = 0; i < 100; i++) ends.user.socket!.write(new Uint8Array(10), done);
    ends.connect();
    await Promise.resolve();
    assert.equal(runs, 0);
    await nextTurn();
    assert.equal(runs, 1);
    await nextTurn();
    assert.equal(runs, 1, 'nothing has changed since');
  });

  const user = (): Recorder => ends.user;
  const changes: [name: string, change: () => void][] = [
    ['data are written', () => user().socket!.write(new Uint8Array(1), done)],
    ['a socket ends', () => user().socket!.end()],
    ['a socket is destroyed', () => user().socket!.destroy()],
    ['a connection is asked for', () => void ends.connect()],
    ['a request is given up', () => void ends.card.giveUp(user().socket!)],
    ['a command has arrived', () => ends.card.commandReceived(new Uint8Array(12), 0)],
    ['data have arrived', () => ends.card.bulkReceived(new Uint8Array(0), true, done, 0)],
    ['time has passed', () => ends.card.expire(0)],
    ['the host starts over', () => ends.card.windowGranted(10_000, 10_000)],
    ['the host is gone', () => ends.card.unplugged()],
  ];
  for (const [name, change] of changes) {
    it(`runs when ${name}`, async () => {
      change();
      await nextTurn();
      assert.equal(runs, 1);
    });
  }

  it('runs when data were taken, which may be a long time later', async () => {
    ends.user.isSlow = true;
    ends.peer.socket!.write(new Uint8Array(9000), done);
    ends.cable.settle();
    await nextTurn();
    assert.equal(ends.user.received, 9000);
    runs = 0;
    ends.user.consumeAll();
    await nextTurn();
    assert.equal(runs, 1);
  });

  it('of a host runs when an attempt is answered', async () => {
    const made = makeEnds(null);
    startWindowed(made);
    const cable = new Cable(made.card, made.host, { random: randomFrom(3) });
    made.connect();
    cable.settle();
    made.host.output.attach(() => runs++);
    await nextTurn();
    runs = 0;
    made.connections[0]!.answer(resultCode.connectionRefused);
    await nextTurn();
    assert.equal(runs, 1);
    made.host.output.detach();
  });

  it('runs no more once it is detached, not even for what was scheduled', async () => {
    ends.user.socket!.write(new Uint8Array(1), done);
    assert.equal(scheduled(), 1);
    ends.card.output.detach();
    assert.equal(scheduled(), 0);
    await nextTurn();
    ends.user.socket!.write(new Uint8Array(1), done);
    await nextTurn();
    assert.equal(runs, 0);
  });
});

describe('the pump of a session', () => {
  /** Transfers under way. */
  let bulk: { bytes: Uint8Array; sent: () => void }[];
  let commands: { bytes: Uint8Array; sent: () => void }[];
  let receives: number;
  let now: number;
  let timers: { wait: number; callback: () => void }[];
  let pump: SessionPump;
  afterEach(() => pump.close());

  function drive(session: HssSession): void {
    bulk = [];
    commands = [];
    timers = [];
    receives = 0;
    now = 0;
    pump = new SessionPump({
      session,
      transfers,
      transferBytes,
      sendBulk: (bytes, sent) => bulk.push({ bytes, sent }),
      sendCommand: (bytes, sent) => commands.push({ bytes, sent }),
      receive: () => receives++,
      now: () => now,
      schedule: (wait, callback) => {
        const timer = { wait, callback };
        timers.push(timer);
        return () => (timers = timers.filter((other) => other !== timer));
      },
    });
  }

  async function windowed(window = 1_000_000) {
    const ends = await connected((both) => startWindowed(both, window, window));
    drive(ends.card);
    pump.resume();
    await nextTurn();
    assert.deepEqual([bulk.length, receives], [0, 1]);
    return ends;
  }

  it('gathers what is written in one turn into one transfer', async () => {
    const { user } = await windowed();
    for (let i = 0; i < 100; i++) user.socket!.write(new Uint8Array(10), done);
    assert.equal(bulk.length, 0);
    await nextTurn();
    assert.equal(bulk.length, 1);
    assert.equal(bulk[0]!.bytes.length, 1000 + 12);
  });

  it('has so many transfers under way and no more, and begins the next by itself when one has ended', async () => {
    const { user } = await windowed();
    user.socket!.write(new Uint8Array(200_000), done);
    await nextTurn();
    assert.equal(bulk.length, transfers);
    for (const { bytes } of bulk) assert.ok(bytes.length < transferBytes && bytes.length % 64 > 0);
    user.socket!.write(new Uint8Array(200_000), done);
    await nextTurn();
    assert.equal(bulk.length, transfers);
    bulk[0]!.sent();
    bulk[1]!.sent();
    assert.equal(bulk.length, transfers);
    await nextTurn();
    assert.equal(bulk.length, transfers + 2);
  });

  it('goes on by itself when the other side takes more again', async () => {
    const { user, host, card, peer } = await windowed(10_000);
    user.socket!.write(new Uint8Array(15_000), done);
    await nextTurn();
    const first = bulk.shift()!;
    first.sent();
    await nextTurn();
    assert.equal(bulk.length, 0, 'the window is full');
    host.bulkReceived(first.bytes.slice(), true, done, 0);
    assert.equal(peer.received, 10_000);
    const credit = new Uint8Array(transferBytes);
    const length = host.nextBulk(credit, 0);
    card.bulkReceived(credit.subarray(0, length), true, done, 0);
    await nextTurn();
    assert.equal(bulk.length, 1);
    assert.equal(bulk[0]!.bytes.length, 5000 + 12);
  });

  it('begins nothing while it is paused, but receives', async () => {
    const { user } = await windowed();
    pump.pause();
    const before = receives;
    user.socket!.write(new Uint8Array(10), done);
    pump.probe();
    await nextTurn();
    assert.deepEqual([bulk.length, receives], [0, before + 1]);
    pump.resume();
    await nextTurn();
    assert.equal(bulk.length, 1);
  });

  it('begins nothing after its end, whatever was scheduled or ends later', async () => {
    const { user } = await windowed();
    user.socket!.write(new Uint8Array(200_000), done);
    await nextTurn();
    const begun = [...bulk];
    const before = receives;
    user.socket!.write(new Uint8Array(10), done);
    pump.close();
    for (const { sent } of begun) sent();
    pump.resume();
    pump.probe();
    await nextTurn();
    await nextTurn();
    assert.deepEqual([bulk.length, receives, timers.length], [begun.length, before, 0]);
  });

  it('probes with a transfer only when none is under way', async () => {
    const { user } = await windowed();
    pump.probe();
    assert.deepEqual(
      bulk.map(({ bytes }) => bytes.length),
      [12],
    );
    pump.probe();
    assert.equal(bulk.length, 1);
    bulk.shift()!.sent();
    user.socket!.write(new Uint8Array(10), done);
    await nextTurn();
    pump.probe();
    assert.equal(bulk.length, 1);
  });

  it('sends commands one at a time', async () => {
    const session = new CardSession();
    session.plugged();
    drive(session);
    pump.resume();
    for (const port of [1, 2]) {
      session.connect(
        { address: Uint8Array.of(192, 0, 2, 1), port },
        { onConnect: done, onData: done, onEnd: done, onClose: done },
      );
    }
    await nextTurn();
    assert.equal(commands.length, 1);
    commands[0]!.sent();
    await nextTurn();
    assert.equal(commands.length, 2);
  });

  it('has a timer for the deadline, an earlier one in its place, and looks again when it fires', async () => {
    const { user, card, host } = await windowed(10_000);
    assert.equal(timers.length, 0);
    host.nextBulk(new Uint8Array(transferBytes), 0);
    // Consumed, to be acknowledged within a second.
    const { socket } = user;
    card.bulkReceived(dataFor(socket!.id, 10), true, done, 0);
    await nextTurn();
    assert.deepEqual(
      timers.map(({ wait }) => wait),
      [1000],
    );
    now = 1000;
    const [timer] = timers.splice(0);
    timer!.callback();
    await nextTurn();
    assert.equal(bulk.length, 1);
    assert.equal(timers.length, 0);
    now = 0;
    card.bulkReceived(dataFor(socket!.id, 10), true, done, 0);
    await nextTurn();
    assert.equal(timers.length, 1);
    pump.close();
    assert.equal(timers.length, 0);
  });

  it('holds data back until the answer to CONNECT has left, which they would overtake', async () => {
    const ends = makeEnds(null);
    startPlain(ends);
    const cable = new Cable(ends.card, ends.host, { random: randomFrom(3) });
    ends.connect();
    cable.settle();
    drive(ends.host);
    pump.resume();
    await nextTurn();
    const [peer] = ends.connections;
    peer!.answer(resultCode.success);
    peer!.socket!.write(new Uint8Array(5), done);
    peer!.socket!.end();
    await nextTurn();
    assert.deepEqual([commands.length, bulk.length], [1, 0]);
    await nextTurn();
    assert.deepEqual([commands.length, bulk.length], [1, 1]);
  });
});
