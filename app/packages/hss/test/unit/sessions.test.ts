/** Both ends against each other, over a cable that cuts and delays. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { resultCode } from '../../src/index.ts';
import { Cable, randomFrom } from '../cable.ts';
import { checksumOf, makeEnds, startPlain, startWindowed, type Ends } from '../ends.ts';

const modes = { plain: startPlain, windowed: (ends: Ends) => startWindowed(ends) };
const someBytes = (length: number, seed = 1): Uint8Array => {
  const random = randomFrom(seed);
  return Uint8Array.from({ length }, () => random(256));
};

for (const [mode, start] of Object.entries(modes)) {
  describe(`two ends, ${mode}`, () => {
    async function connected(seed = 7, pieceBytes = 16384) {
      const ends = makeEnds();
      start(ends);
      const cable = new Cable(ends.card, ends.host, { random: randomFrom(seed), pieceBytes });
      const user = ends.connect();
      await settle(cable);
      assert.deepEqual(user.events, ['connect']);
      return { ...ends, cable, user, peer: ends.connections[0]! };
    }

    /** The host's answers come from micro tasks. */
    async function settle(cable: Cable): Promise<void> {
      for (let round = 0; round < 5; round++) {
        cable.settle();
        await nextTurn();
      }
    }

    it('connect: the host receives the address', async () => {
      const { peer, card } = await connected();
      assert.deepEqual([...peer.to.address], [23, 147, 128, 112]);
      assert.equal(peer.to.port, 443);
      assert.equal(card.presence, 'answering');
    });

    it('connect to an IPv6 address', async () => {
      const ends = makeEnds();
      start(ends);
      const address = someBytes(16);
      const user = ends.connect({ address, port: 444 });
      await settle(new Cable(ends.card, ends.host, { random: randomFrom(1) }));
      assert.deepEqual(user.events, ['connect']);
      assert.deepEqual(ends.connections[0]!.to.address, address);
    });

    for (const [result, errno] of [
      [resultCode.connectionRefused, 'ECONNREFUSED'],
      [resultCode.protocolNotSupported, 'ECONNREFUSED'],
      [resultCode.networkUnreachable, 'ENETUNREACH'],
      [resultCode.timedOut, 'ETIMEDOUT'],
      [resultCode.hostError, 'EREMOTEIO'],
    ] as const) {
      it(`result ${result} fails the connection with ${errno}, and the host forgets it`, async () => {
        const ends = makeEnds(result);
        start(ends);
        const user = ends.connect();
        await settle(new Cable(ends.card, ends.host, { random: randomFrom(1) }));
        assert.deepEqual(user.events, [`close ${errno}`]);
        assert.equal(ends.card.socketCount, 0);
        assert.equal(ends.host.socketCount, 0);
      });
    }

    for (const pieceBytes of [64, 512, 1024, 16384]) {
      it(`moves 300 kB each way at once, in pieces of ${pieceBytes}`, async () => {
        const { cable, user, peer } = await connected(pieceBytes, pieceBytes);
        const up = someBytes(300_000, 3);
        const down = someBytes(300_001, 4);
        user.socket!.write(up, () => undefined);
        peer.socket!.write(down, () => undefined);
        await settle(cable);
        assert.equal(peer.received, up.length);
        assert.equal(peer.checksum, checksumOf(up));
        assert.equal(user.received, down.length);
        assert.equal(user.checksum, checksumOf(down));
      });
    }

    it('no transfer is a multiple of a packet, whatever is written', async () => {
      const { cable, user, peer } = await connected();
      const headerBytes = 12;
      let sum = 0;
      for (const length of [...Array(140).keys(), 5000].slice(1)) {
        // Each by itself, so that some fill the last packet of their transfer.
        for (const { socket } of [user, peer]) socket!.write(someBytes(length), () => undefined);
        cable.settle();
        const fills = 64 - ((length + headerBytes) % 64);
        for (const { socket } of [user, peer]) socket!.write(someBytes(fills), () => undefined);
        cable.settle();
        sum += length + fills;
      }
      assert.equal(peer.received, sum);
      assert.equal(user.received, sum);
      for (const length of cable.bulkLengths) assert.notEqual(length % 64, 0);
      if (mode === 'plain') assert.ok(Math.max(...cable.bulkLengths) <= 1023);
      // What is done about it: one packet more, or a byte less.
      const lengths = new Set(cable.bulkLengths);
      for (const packets of [1, 2]) {
        const expected = 64 * packets + (mode === 'plain' ? -1 : headerBytes);
        assert.ok(lengths.has(expected), `${expected}`);
      }
    });

    it('several sockets share the cable: none waits for another to finish', async () => {
      const ends = makeEnds();
      start(ends);
      const cable = new Cable(ends.card, ends.host, { random: randomFrom(9) });
      const users = [ends.connect(), ends.connect(), ends.connect()];
      await settle(cable);
      for (const user of users) user.socket!.write(someBytes(100_000), () => undefined);
      while (ends.connections.every((peer) => peer.received < 100_000)) cable.turn();
      for (const peer of ends.connections) assert.ok(peer.received > 30_000, String(peer.received));
      await settle(cable);
      for (const peer of ends.connections) assert.equal(peer.received, 100_000);
    });

    it('the end comes after the data', async () => {
      const { cable, user, peer, card, host } = await connected();
      user.socket!.write(someBytes(5000), () => undefined);
      user.socket!.end();
      await settle(cable);
      assert.equal(peer.received, 5000);
      assert.equal(peer.events[1], 'end');
      peer.socket!.end();
      await settle(cable);
      assert.equal(card.socketCount, 0);
      assert.equal(host.socketCount, 0);
      assert.equal(user.events.at(-1), 'close normal');
    });

    it('the end of the host comes after its data', async () => {
      const { cable, user, peer, card, host } = await connected();
      peer.socket!.write(someBytes(5000), () => undefined);
      peer.socket!.end();
      await settle(cable);
      assert.equal(user.received, 5000);
      assert.equal(user.events[1], 'end');
      user.socket!.end();
      await settle(cable);
      assert.equal(card.socketCount, 0);
      assert.equal(host.socketCount, 0);
    });

    it('a destroyed socket is closed at the host, and nothing comes back', async () => {
      const { cable, user, peer, card, host } = await connected();
      peer.socket!.write(someBytes(50_000), () => undefined);
      cable.turn();
      user.socket!.destroy();
      await settle(cable);
      assert.equal(host.socketCount, 0);
      assert.equal(card.socketCount, 0);
      assert.match(peer.events.at(-1)!, /^close/);
      assert.deepEqual(user.events, ['connect'], 'a destroyed socket receives nothing');
    });

    it('given up before the host has received it: nothing is sent', () => {
      const ends = makeEnds();
      start(ends);
      ends.connect().socket!.destroy();
      assert.equal(ends.card.nextCommand(), undefined);
      assert.equal(ends.card.nextBulk(new Uint8Array(2048), 0), 0);
    });

    it('a host that disappears takes every socket with it', async () => {
      const { user, peer, card, host } = await connected();
      card.unplugged();
      host.stop();
      assert.deepEqual(user.events, ['connect', 'close ENETDOWN']);
      assert.deepEqual(peer.events, ['connect', 'close ENETDOWN']);
      assert.equal(card.presence, 'unplugged');
    });

    it('a host that starts over: connections are lost, requests are made again', async () => {
      const { cable, user, card, host, connect, connections } = await connected();
      const waiting = connect();
      cable.turn();
      cable.clear();
      start({ card, host, connections, connect });
      await settle(cable);
      assert.deepEqual(user.events, ['connect', 'close ECONNRESET']);
      assert.deepEqual(waiting.events, ['connect']);
      waiting.socket!.write(someBytes(2000), () => undefined);
      await settle(cable);
      assert.equal(connections.at(-1)!.received, 2000);
    });

    it('more sockets than the host gives: the last is refused, and has its place when one ends', async () => {
      const ends = makeEnds(resultCode.success, 2);
      start(ends);
      const cable = new Cable(ends.card, ends.host, { random: randomFrom(5) });
      const users = [ends.connect(), ends.connect(), ends.connect()];
      await settle(cable);
      assert.deepEqual(
        users.map(({ events }) => events),
        [['connect'], ['connect'], ['close EREMOTEIO']],
      );
      users[0]!.socket!.destroy();
      cable.settle();
      const next = ends.connect();
      await settle(cable);
      assert.deepEqual(next.events, ['connect']);
    });

    it('distinguishes a stalled host from a slow server when a connection takes too long', () => {
      const ends = makeEnds(null);
      start(ends);
      const cable = new Cable(ends.card, ends.host, { random: randomFrom(5) });
      const slow = ends.connect();
      cable.settle();
      assert.equal(ends.card.giveUp(slow.socket!), false);
      assert.equal(ends.card.presence, 'answering');
      const deaf = ends.connect();
      assert.equal(ends.card.giveUp(deaf.socket!), true);
      assert.equal(ends.card.presence, 'silent');
      assert.equal(ends.card.isWindowed, false);
    });

    it('an answer that comes too late goes nowhere', async () => {
      const ends = makeEnds(null);
      start(ends);
      const cable = new Cable(ends.card, ends.host, { random: randomFrom(5) });
      const user = ends.connect();
      cable.settle();
      user.socket!.destroy();
      cable.settle();
      const [peer] = ends.connections;
      assert.deepEqual(peer!.events, ['close ECONNABORTED']);
      peer!.answer(resultCode.success);
      await settle(cable);
      assert.deepEqual(peer!.events, ['close ECONNABORTED']);
      assert.equal(ends.host.socketCount, 0);
    });
  });
}

describe('a windowed session', () => {
  it('a slow reader stops its own socket within its window, and no other', async () => {
    const ends = makeEnds();
    startWindowed(ends, 10_000, 20_000);
    const cable = new Cable(ends.card, ends.host, { random: randomFrom(2) });
    const slow = ends.connect();
    const quick = ends.connect();
    cable.settle();
    await nextTurn();
    cable.settle();
    slow.isSlow = true;
    for (const peer of ends.connections) peer.socket!.write(someBytes(100_000), () => undefined);
    cable.settle();
    assert.equal(slow.received, 10_000);
    assert.equal(quick.received, 100_000);
    for (let round = 0; round < 40; round++) {
      slow.consumeAll();
      cable.settle();
    }
    assert.equal(slow.received, 100_000);
    ends.connections[0]!.isSlow = true;
    slow.socket!.write(someBytes(100_000), () => undefined);
    cable.settle();
    assert.equal(ends.host.unconsumedBytes, 20_000);
  });

  it('asks for a further transfer only when what may be sent fills it, from any socket', async () => {
    const ends = makeEnds();
    startWindowed(ends, 10_000, 20_000);
    const cable = new Cable(ends.card, ends.host, { random: randomFrom(2) });
    ends.connect();
    ends.connect();
    cable.settle();
    await nextTurn();
    cable.settle();
    const [one, two] = ends.connections.map((peer) => peer.socket!);
    const isWorthAnother = (): boolean => ends.host.isWorthAnother(8192);
    assert.equal(isWorthAnother(), false);
    one!.write(someBytes(5000), () => undefined);
    assert.equal(isWorthAnother(), false);
    two!.write(someBytes(5000), () => undefined);
    assert.equal(isWorthAnother(), true);
    assert.ok(ends.host.nextBulk(new Uint8Array(8192), cable.now) > 8000);
    assert.equal(isWorthAnother(), false);
    // More than the other side takes now.
    one!.write(someBytes(100_000), () => undefined);
    two!.write(someBytes(100_000), () => undefined);
    while (isWorthAnother()) ends.host.nextBulk(new Uint8Array(8192), cable.now);
    assert.ok(ends.host.nextBulk(new Uint8Array(8192), cable.now) < 8192);
  });
});

describe('a plain session', () => {
  it('waits for no further data', () => {
    const ends = makeEnds();
    startPlain(ends);
    assert.equal(ends.card.isWorthAnother(1024), true);
  });
});
