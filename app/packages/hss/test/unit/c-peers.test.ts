/** With the peers of the C system, as far as they are documented. */
import assert from 'node:assert/strict';
import {
  CardSession,
  decodeMessage,
  encodeMessage,
  HostSession,
  opcode,
  resultCode,
  type Connecting,
} from '../../src/index.ts';
import { CHost } from '../c-host.ts';
import { randomFrom } from '../cable.ts';
import { enf, Recorder } from '../ends.ts';

const someBytes = (length: number, seed = 1): Uint8Array => {
  const random = randomFrom(seed);
  return Uint8Array.from({ length }, () => random(256));
};

describe('the card with a host of the C system', () => {
  let card: CardSession;
  let host: CHost;
  let now: number;
  beforeEach(() => {
    card = new CardSession();
    host = new CHost(card);
    now = 0;
    card.plugged();
  });

  function settle(): void {
    for (let quiet = 0; quiet < 2;) quiet = host.step(++now) ? 0 : quiet + 1;
    if (card.deadline !== undefined && card.deadline <= now) card.expire(now);
  }
  function connect(): Recorder {
    const user = new Recorder();
    user.socket = card.connect(enf, user);
    settle();
    assert.deepEqual(user.events, ['connect']);
    return user;
  }
  const received = (user: Recorder): Uint8Array =>
    Uint8Array.from(Buffer.concat(host.sockets.get(user.socket!.id)!.received));

  it('loses nothing of 100 kB, written in every size up to 1100', () => {
    const user = connect();
    const parts: Uint8Array[] = [];
    for (let length = 1; length <= 1100; length += 7) {
      const part = someBytes(length, length);
      parts.push(part);
      user.socket!.write(part, () => undefined);
      settle();
    }
    const all = someBytes(100_000);
    parts.push(all);
    user.socket!.write(all, () => undefined);
    settle();
    assert.deepEqual(received(user), Uint8Array.from(Buffer.concat(parts)));
    assert.equal(host.dropped, 0);
  });

  it('has at most 4096 bytes under way, whatever the number of sockets', () => {
    const users = [connect(), connect(), connect()];
    host.isAcknowledging = false;
    for (const user of users) user.socket!.write(someBytes(20_000), () => undefined);
    settle();
    const underWay = users.reduce((sum, user) => {
      const { received: messages } = host.sockets.get(user.socket!.id)!;
      return sum + messages.reduce((total, { length }) => total + 12 + length, 0);
    }, 0);
    assert.ok(underWay > 3000 && underWay <= 4096, String(underWay));
    assert.equal(host.dropped, 0);
  });

  it('gives up sockets whose data is not acknowledged, and the others continue', () => {
    const stuck = connect();
    host.isAcknowledging = false;
    stuck.socket!.write(someBytes(20_000), () => undefined);
    settle();
    assert.equal(card.deadline! > now, true);
    now += 30_000;
    card.expire(now);
    assert.deepEqual(stuck.events, ['connect', 'close ETIMEDOUT']);
    assert.equal(card.counters.stalls, 1);
    host.isAcknowledging = true;
    const next = connect();
    next.socket!.write(someBytes(10_000), () => undefined);
    settle();
    assert.equal(received(next).length, 10_000);
  });

  it('takes what a CLOSE has overtaken', () => {
    const user = connect();
    const { id } = user.socket!;
    host.close(id, now);
    host.send(id, someBytes(3000), now);
    assert.equal(user.received, 3000);
    assert.deepEqual(user.events, ['connect']);
    now += 50;
    card.expire(now);
    assert.deepEqual(user.events, ['connect', 'end', 'close normal']);
    settle();
    assert.equal(card.socketCount, 0);
  });

  it('closes every socket at the host, whatever way it ended', () => {
    const ended = connect();
    const destroyed = connect();
    const flushing = connect();
    ended.socket!.end();
    destroyed.socket!.destroy();
    flushing.socket!.write(someBytes(5000), () => undefined);
    flushing.socket!.end();
    settle();
    assert.equal(host.sockets.size, 0);
    assert.equal(card.socketCount, 0);
  });

  it('reads messages of 1024 bytes, which end no transfer', () => {
    const user = connect();
    host.send(user.socket!.id, someBytes(10 * 1012), now);
    assert.equal(user.received, 10 * 1012);
  });
});

describe('the host with a card of the C system', () => {
  const id = 1;
  let host: HostSession;
  let peer: Recorder;
  let isAccepting: boolean;
  let answerLater: (() => void)[];
  beforeEach(() => {
    isAccepting = true;
    answerLater = [];
    host = new HostSession({
      maxSockets: 2,
      onConnect: (_, answer): Connecting => {
        peer = new Recorder();
        answerLater.push(() => answer(isAccepting ? resultCode.success : resultCode.timedOut));
        return peer;
      },
    });
    host.start(undefined);
  });

  const command = (bytes: Uint8Array): void => host.commandReceived(bytes, 0);
  const bulk = (bytes: Uint8Array): void =>
    host.bulkReceived(bytes, bytes.length % 512 !== 0, () => undefined, 0);
  const open = (handle: number, numbers = { family: 1, protocol: 1, type: 1 }): void =>
    command(encodeMessage({ kind: 'open', messageId: 9, socketId: 0, handle, ...numbers }));
  const connect = (socketId: number): void =>
    command(encodeMessage({ kind: 'connect', messageId: 10, socketId, to: enf }));
  const transmit = (length: number, socketId = id): Uint8Array =>
    encodeMessage({ kind: 'transmit', messageId: 11, socketId, data: someBytes(length) });

  /** Answers as socket/opcode/result, checking that the message id is the question's. */
  function answers(): string[] {
    const seen: string[] = [];
    for (let bytes = host.nextCommand(); bytes; bytes = host.nextCommand()) {
      assert.ok(bytes.length <= 64);
      const message = decodeMessage(bytes);
      assert.ok('socketId' in message);
      if (message.kind === 'ack') {
        seen.push(`${message.socketId}/${message.of}/${message.result} to ${message.messageId}`);
      } else seen.push(`${message.kind} ${message.socketId}`);
    }
    return seen;
  }
  function connected(): void {
    open(id);
    connect(id);
    answerLater.shift()!();
    assert.deepEqual(answers(), ['1/0/0 to 9', '1/1/0 to 10']);
  }

  it('answers OPEN and CONNECT once, with the id of the question', () => connected());

  it('accepts more than one message in a bulk transfer, and one message in several', () => {
    connected();
    const both = Buffer.concat([transmit(100), transmit(3000)]);
    bulk(both.subarray(0, 1024));
    bulk(both.subarray(1024, 2048));
    bulk(both.subarray(2048));
    assert.equal(peer.received, 3100);
    assert.deepEqual(answers(), ['1/3/0 to 11', '1/3/0 to 11']);
  });

  it('acknowledges data when they were taken, not before', () => {
    connected();
    peer.isSlow = true;
    bulk(transmit(200));
    assert.deepEqual(answers(), []);
    assert.equal(host.unconsumedBytes, 200);
    peer.consumeAll();
    assert.deepEqual(answers(), ['1/3/0 to 11']);
    assert.equal(host.unconsumedBytes, 0);
  });

  it('answers data for sockets that it does not have', () => {
    bulk(transmit(10, 77));
    assert.deepEqual(answers(), [`77/${opcode.transmit}/${resultCode.notConnected} to 11`]);
  });

  const wrongNumbers = { family: 3, protocol: 1, type: 1 };
  it('refuses what it cannot make, what it has already, and too many', () => {
    open(5, wrongNumbers);
    open(5, { family: 1, protocol: 2, type: 2 });
    open(1);
    open(1);
    open(2);
    open(3);
    assert.deepEqual(
      answers().map((text) => text.replace(/ .*/, '')),
      ['5/0/2', '5/0/2', '1/0/0', '1/0/1', '2/0/0', '3/0/1'],
    );
    connect(9);
    assert.deepEqual(answers(), ['9/1/1 to 10']);
  });

  it('frees what the card has forgotten: failed sockets at once, silent ones after ten minutes', () => {
    isAccepting = false;
    open(1);
    connect(1);
    answerLater.shift()!();
    isAccepting = true;
    open(2);
    connect(2);
    answerLater.shift()!();
    answers();
    open(3);
    assert.match(answers().join(), /3\/0\/0/);
    connect(3);
    answerLater.shift()!();
    answers();
    open(4);
    assert.match(answers().join(), /4\/0\/1/);
    const late = 10 * 60_000 + 1;
    const again = { kind: 'open', messageId: 9, socketId: 0, handle: 4 } as const;
    host.commandReceived(encodeMessage({ ...again, family: 1, protocol: 1, type: 1 }), late);
    assert.match(answers().join(), /4\/0\/0/);
  });

  it('sends transfers that such a card takes whole', () => {
    connected();
    peer.socket!.write(someBytes(10_000), () => undefined);
    const buffer = new Uint8Array(16384);
    let sum = 0;
    for (let length = host.nextBulk(buffer, 0); length > 0; length = host.nextBulk(buffer, 0)) {
      assert.ok(length <= 1023);
      assert.notEqual(length % 64, 0);
      sum += length - 12;
    }
    assert.equal(sum, 10_000);
  });

  it('closes when the server does', () => {
    connected();
    peer.socket!.write(someBytes(10), () => undefined);
    peer.socket!.end();
    assert.deepEqual(answers(), []);
    host.nextBulk(new Uint8Array(2048), 0);
    assert.deepEqual(answers(), ['close 1']);
    assert.equal(host.socketCount, 0);
  });
});
