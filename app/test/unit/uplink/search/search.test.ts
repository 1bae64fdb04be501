/** How a search spreads over time, and what it leaves behind. The answers of each address are the test's. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import {
  mostAttempts,
  Search,
  searchDeadline,
  type SearchOptions,
  type Tried,
} from '../../../../src/uplink/search/search.ts';
import { AddressMemory } from '../../../../src/uplink/search/address-memory.ts';
import { addressesAtATime } from '../../../../src/uplink/search/candidates.ts';
import { attemptsPerTurn, transportTurn } from '../../../../src/uplink/search/turns.ts';
import type { Transport, TransportStream } from '../../../../src/uplink/transport.ts';
import { UplinkError } from '../../../../src/uplink/uplink-error.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { serverHosts } from '../server-hosts.ts';

/** What an address does: answer after a time in ms, refuse after a time, or nothing at all. */
type Behaviour = { answers: number } | { refuses: number } | 'dead';

/** A connection that is whole, or was destroyed. */
interface FakeConnection {
  readonly address: string;
  isOpen: boolean;
}

class World {
  readonly clock = new FakeClock();
  readonly memory = new AddressMemory();
  readonly stop = new AbortController();
  readonly tried: Tried[] = [];
  /** When each connection was begun, in ms since the start, and to where. */
  readonly begun: [at: number, via: string, address: string][] = [];
  readonly streams: PassThrough[] = [];
  readonly connections: FakeConnection[] = [];
  readonly behaviour = new Map<string, Behaviour>();
  /** Local addresses; undefined: no way. */
  readonly ways = new Map<string, string | undefined>();
  /** How long the handshake takes. */
  handshake = 0;
  names: Record<string, readonly string[] | undefined> = {};
  result: FakeConnection | undefined;
  failure: unknown;
  #start = 0;

  transport(name: string, parts: Partial<Transport> = {}): Transport {
    return {
      name,
      mostAtOnce: 40,
      unavailable: () => undefined,
      resolve: ({ text }) => {
        const addresses = this.names[text];
        return addresses === undefined ? new Promise(() => undefined) : Promise.resolve(addresses);
      },
      connect: ({ address }, signal) => this.#connect(name, address, signal),
      localAddressTowards: ({ address }) => {
        if (!this.ways.has(address)) return '192.0.2.1';
        const way = this.ways.get(address);
        if (way !== undefined) return way;
        throw new EnvironmentError('no route', { errno: 'ENETUNREACH', syscall: 'connect' });
      },
      networkChanged: () => undefined,
      ...parts,
    };
  }

  search(transports: Transport[], hosts = Object.keys(this.names)): Search<FakeConnection> {
    this.#start = this.clock.now();
    this.result = undefined;
    this.failure = undefined;
    this.tried.splice(0);
    const options: SearchOptions<FakeConnection> = {
      transports,
      hosts: serverHosts(...hosts),
      port: 443,
      signal: this.stop.signal,
      clock: this.clock,
      memory: this.memory,
      secure: async (_, { target: { address } }) => {
        await this.#wait(this.handshake);
        const connection = { address, isOpen: true };
        this.connections.push(connection);
        return connection;
      },
      release: (connection) => (connection.isOpen = false),
      onAttempt: (tried) => this.tried.push(tried),
    };
    const search = new Search(options);
    search.connection.then(
      (connection) => (this.result = connection),
      (error: unknown) => (this.failure = error),
    );
    return search;
  }

  /** Lets time pass in small steps, until there is an end. */
  async pass(milliseconds: number): Promise<void> {
    for (let at = 0; at < milliseconds && !this.isOver; at += 50) {
      await settle();
      this.clock.advance(50);
    }
    await settle();
  }

  get isOver(): boolean {
    return this.result !== undefined || this.failure !== undefined;
  }

  get elapsed(): number {
    return this.clock.now() - this.#start;
  }

  /** Connections that are still held. */
  get open(): FakeConnection[] {
    return this.connections.filter(({ isOpen }) => isOpen);
  }

  #wait(time: number): Promise<void> {
    if (time === 0) return Promise.resolve();
    return new Promise((resolve) => this.clock.schedule(time as never, resolve));
  }

  async #connect(via: string, address: string, signal: AbortSignal): Promise<TransportStream> {
    this.begun.push([this.elapsed, via, address]);
    const behaviour = this.behaviour.get(address) ?? 'dead';
    const refused = (errno: string): EnvironmentError =>
      new EnvironmentError(`${address}: ${errno}`, { errno, syscall: 'connect' });
    if (this.ways.has(address) && this.ways.get(address) === undefined)
      throw refused('ENETUNREACH');
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(refused('ECANCELED'))),
    );
    const late = this.#wait(10_000).then(() => Promise.reject(refused('ETIMEDOUT')));
    if (behaviour === 'dead') return Promise.race([late, aborted]);
    if ('refuses' in behaviour) {
      await this.#wait(behaviour.refuses);
      throw refused('ECONNREFUSED');
    }
    await Promise.race([this.#wait(behaviour.answers), aborted]);
    const stream = new PassThrough();
    this.streams.push(stream);
    return { stream, localAddress: '192.0.2.1' };
  }
}

const dead = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);

describe('search for a server', () => {
  let world: World;
  beforeEach(() => (world = new World()));

  it('a dead address costs a moment, and the good one comes first the next time', async () => {
    world.names = { enf: ['2001:db8::1', '192.0.2.7'] };
    world.behaviour.set('192.0.2.7', { answers: 20 });
    const tcp = world.transport('tcp');
    world.search([tcp]);
    await world.pass(1000);
    assert.deepEqual(world.begun, [
      [0, 'tcp', '2001:db8::1'],
      [250, 'tcp', '192.0.2.7'],
    ]);
    assert.equal(world.result?.address, '192.0.2.7');
    assert.deepEqual(world.tried, [
      {
        transport: 'tcp',
        host: 'enf',
        address: '2001:db8::1',
        problem: 'no answer from 2001:db8::1 port 443 after 0.3 s',
      },
      { transport: 'tcp', host: 'enf', address: '192.0.2.7', problem: undefined },
    ]);
    world.memory.answered(tcp, 'enf', '192.0.2.7');
    world.begun.splice(0);
    world.search([tcp]);
    await world.pass(1000);
    assert.deepEqual(world.begun, [[0, 'tcp', '192.0.2.7']]);
  });

  it('the next begins at once when one has failed', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] };
    world.behaviour.set('192.0.2.1', { refuses: 0 });
    world.behaviour.set('192.0.2.2', { refuses: 0 });
    world.behaviour.set('192.0.2.3', { answers: 0 });
    world.search([world.transport('tcp')]);
    await world.pass(50);
    assert.equal(world.result?.address, '192.0.2.3');
    assert.ok(
      world.begun.every(([at]) => at === 0),
      JSON.stringify(world.begun),
    );
  });

  it('the next begins at once also when another is still waited for', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] };
    world.behaviour.set('192.0.2.2', { refuses: 100 });
    world.search([world.transport('tcp')]);
    await world.pass(1000);
    assert.deepEqual(
      world.begun.map(([at]) => at),
      [0, 250, 350],
    );
  });

  it('tries an address once that two hosts have in common', async () => {
    world.names = { one: ['192.0.2.1', '192.0.2.2'], two: ['192.0.2.2', '192.0.2.3'] };
    world.search([world.transport('tcp')]);
    await world.pass(5000);
    const to = world.begun.map(([, , address]) => address);
    assert.deepEqual(to, ['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  });

  it('has one winner when two connections stand in the same moment', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2'] };
    let connect: (value: unknown) => void = () => undefined;
    const both = new Promise((resolve) => (connect = resolve));
    const tcp = world.transport('tcp', {
      connect: ({ address }) =>
        both.then(() => ({ stream: new PassThrough(), localAddress: address })),
    });
    world.search([tcp]);
    await world.pass(500);
    connect(0);
    await world.pass(500);
    assert.equal(world.connections.length, 2);
    assert.deepEqual(world.open, [world.result]);
  });

  it('ends in its time, though a transport has no deadline of its own', async () => {
    world.names = { enf: ['192.0.2.1'] };
    world.search([world.transport('tcp', { connect: () => new Promise(() => undefined) })]);
    await world.pass(searchDeadline + 1000);
    assert.ok(world.failure instanceof UplinkError);
    assert.equal(world.failure.message, 'no answer from 192.0.2.1 port 443 after 60.0 s');
    assert.equal(world.failure.errno, 'ETIMEDOUT');
  });

  it('gives a server that answers time for its handshake', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2'] };
    world.behaviour.set('192.0.2.1', { answers: 100 });
    world.behaviour.set('192.0.2.2', { answers: 100 });
    world.handshake = 1500;
    world.search([world.transport('tcp')]);
    await world.pass(5000);
    assert.equal(world.result?.address, '192.0.2.1');
    assert.equal(world.begun.length, 1, 'the second server was left in peace');
  });

  it('does not wait without end for a server that does not end its handshake', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2'] };
    world.behaviour.set('192.0.2.1', { answers: 100 });
    world.behaviour.set('192.0.2.2', { answers: 100 });
    world.handshake = 15_000;
    world.search([world.transport('tcp')]);
    await world.pass(3000);
    assert.equal(world.begun.length, 2);
  });

  it('reaches the next transport in its time, however many addresses the first has', async () => {
    world.names = { enf: dead(4000) };
    const psock = world.transport('psock', {
      resolve: () => Promise.resolve(['192.0.2.7']),
      localAddressTowards: () => undefined,
    });
    world.behaviour.set('192.0.2.7', { answers: 10 });
    world.search([world.transport('tcp'), psock]);
    await world.pass(60_000);
    assert.equal(world.result?.address, '192.0.2.7');
    const [at] = world.begun.find(([, via]) => via === 'psock')!;
    assert.ok(at <= transportTurn + 50, `${at} ms`);
    assert.equal(world.begun.filter(([, via]) => via === 'tcp').length, addressesAtATime);
  });

  it('reaches the next transport in its time, though the first has slow names only', async () => {
    world.names = Object.fromEntries(dead(50).map((name) => [`n${name}`, undefined]));
    const psock = world.transport('psock', { resolve: () => Promise.resolve(['192.0.2.7']) });
    world.behaviour.set('192.0.2.7', { answers: 10 });
    world.search([world.transport('tcp'), psock]);
    await world.pass(60_000);
    assert.equal(world.result?.address, '192.0.2.7');
    assert.ok(world.elapsed <= transportTurn + 200, `${world.elapsed} ms`);
  });

  it('looks up the next host beside one whose name takes long, and comes back to it', async () => {
    world.names = { slow: undefined, second: ['192.0.2.2'] };
    let found: (addresses: string[]) => void = () => assert.fail('not asked yet');
    const tcp = world.transport('tcp', {
      resolve: ({ text }) =>
        text === 'slow'
          ? new Promise((resolve) => (found = resolve))
          : Promise.resolve(world.names[text] ?? []),
    });
    world.search([tcp]);
    await world.pass(2500);
    assert.deepEqual(world.begun, [[2000, 'tcp', '192.0.2.2']]);
    world.behaviour.set('192.0.2.1', { answers: 10 });
    found(['192.0.2.1']);
    await world.pass(2000);
    assert.equal(world.result?.address, '192.0.2.1');
  });

  it('ends within its bounds, with few words, and the next begins where it ended', async () => {
    world.names = { enf: dead(4000) };
    const tcp = world.transport('tcp');
    world.search([tcp]);
    await world.pass(70_000);
    assert.ok(world.elapsed <= searchDeadline + 50, `${world.elapsed} ms`);
    assert.equal(world.begun.length, mostAttempts);
    assert.ok(world.failure instanceof UplinkError);
    const { message } = world.failure;
    assert.ok(message.length < 500, message);
    assert.match(message, new RegExp(`and ${mostAttempts - 4} more`));
    assert.match(message, /not all addresses were tried/);
    assert.equal(world.clock.pending, 0);
    const last = world.begun.at(-1)![2];
    world.begun.splice(0);
    world.search([tcp]);
    await world.pass(100);
    const all = dead(4000);
    assert.equal(world.begun[0]?.[2], all[all.indexOf(last) + 1]);
  });

  it('finds the one good address behind 300 dead ones', async () => {
    world.names = { enf: [...dead(300), '192.0.2.7'] };
    world.behaviour.set('192.0.2.7', { answers: 10 });
    let waited = 0;
    for (let searches = 0; world.result === undefined; searches++) {
      assert.ok(searches < 4);
      world.search([world.transport('tcp')]);
      await world.pass(70_000);
      waited += world.elapsed;
    }
    assert.ok(waited < 120_000, `${waited} ms`);
  });

  for (const refuses of [0, 300]) {
    it(`reaches the next transport past any number of hosts that refuse after ${refuses} ms`, async () => {
      world.names = Object.fromEntries(dead(200).map((address) => [`n${address}`, [address]]));
      for (const address of dead(200)) world.behaviour.set(address, { refuses });
      const psock = world.transport('psock', { resolve: () => Promise.resolve(['192.0.2.7']) });
      world.behaviour.set('192.0.2.7', { answers: 10 });
      world.search([world.transport('tcp'), psock]);
      await world.pass(60_000);
      assert.equal(world.result?.address, '192.0.2.7');
      assert.ok(world.begun.length <= attemptsPerTurn + 2, `${world.begun.length} attempts`);
    });
  }

  it('reaches every one of 300 hosts in the end, and reports what one search leaves out', async () => {
    world.names = Object.fromEntries(dead(300).map((address) => [`n${address}`, [address]]));
    world.names.last = ['192.0.2.7'];
    world.behaviour.set('192.0.2.7', { answers: 10 });
    const tcp = world.transport('tcp');
    const firsts: string[] = [];
    for (let searches = 0; searches < 3; searches++) {
      world.begun.splice(0);
      world.search([tcp]);
      await world.pass(70_000);
      assert.ok(world.begun.length <= mostAttempts);
      firsts.push(world.begun[0]![2]);
      if (world.failure instanceof UplinkError)
        assert.match(world.failure.message, /not all addresses were tried/);
    }
    assert.deepEqual(firsts, [dead(300)[0], dead(300)[mostAttempts], dead(300)[2 * mostAttempts]]);
    assert.equal(world.result?.address, '192.0.2.7');
    world.memory.answered(tcp, 'last', '192.0.2.7');
    world.search([tcp]);
    await world.pass(50);
    assert.equal(world.begun.at(-1)![2], dead(1)[0], 'the order of the configuration holds again');
  });

  it('does not try a second server because a third fails while the first is in its handshake', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] };
    world.behaviour.set('192.0.2.1', { refuses: 500 });
    world.behaviour.set('192.0.2.2', { answers: 100 });
    world.handshake = 1500;
    world.search([world.transport('tcp')]);
    await world.pass(5000);
    assert.equal(world.result?.address, '192.0.2.2');
    assert.equal(world.begun.length, 2);
  });

  it('has no more connections under way than a transport allows', async () => {
    world.names = { enf: dead(20) };
    world.search([world.transport('psock', { mostAtOnce: 3 })]);
    await world.pass(9000);
    assert.equal(world.begun.length, 3);
    await world.pass(2000);
    assert.equal(world.begun.length, 6);
  });

  it('goes back to the addresses that are left when every transport had its turn', async () => {
    world.names = { enf: [...dead(addressesAtATime), '192.0.2.7'] };
    world.behaviour.set('192.0.2.7', { answers: 10 });
    const psock = world.transport('psock', { resolve: () => Promise.resolve(['192.0.2.8']) });
    world.behaviour.set('192.0.2.8', { refuses: 10 });
    world.search([world.transport('tcp'), psock]);
    await world.pass(30_000);
    assert.equal(world.result?.address, '192.0.2.7');
    assert.ok(world.elapsed < transportTurn + 1000, `${world.elapsed} ms`);
  });

  it('tries a transport again that has become usable meanwhile', async () => {
    world.names = { enf: ['192.0.2.7'] };
    let isThere = false;
    const psock = world.transport('psock', {
      unavailable: () => (isThere ? undefined : 'no host'),
      resolve: () => Promise.resolve(['192.0.2.8']),
    });
    world.behaviour.set('192.0.2.8', { answers: 10 });
    const search = world.search([world.transport('tcp'), psock]);
    await world.pass(transportTurn + 500);
    assert.deepEqual(world.tried.at(-1)?.problem, 'psock: no host');
    isThere = true;
    search.transportUsable('psock');
    await world.pass(300);
    assert.equal(world.result?.address, '192.0.2.8');
  });

  it('includes an optional transport that appears during the search', async () => {
    world.names = { enf: ['192.0.2.7'] };
    let isThere = false;
    const psock = world.transport('psock', {
      isOptional: true,
      unavailable: () => (isThere ? undefined : 'no psockd'),
      resolve: () => Promise.resolve(['192.0.2.8']),
    });
    world.behaviour.set('192.0.2.8', { answers: 10 });
    const search = world.search([world.transport('tcp'), psock]);
    await world.pass(1000);
    isThere = true;
    search.transportUsable('psock');
    await world.pass(transportTurn);
    assert.equal(world.result?.address, '192.0.2.8');
    assert.deepEqual(
      world.tried.map(({ transport }) => transport),
      ['tcp', 'psock'],
      'its absence before is not reported',
    );
  });

  it('destroys a connection that comes after the winner, and one that comes after the end', async () => {
    world.names = { enf: ['192.0.2.1', '192.0.2.2'] };
    // It does not listen to anybody who calls it off.
    const deaf = world.transport('tcp', {
      connect: async ({ address }) => {
        await new Promise((resolve) => world.clock.schedule(300 as never, () => resolve(0)));
        const stream = new PassThrough();
        world.streams.push(stream);
        return { stream, localAddress: address };
      },
    });
    world.search([deaf]);
    await world.pass(1000);
    assert.equal(world.result?.address, '192.0.2.1');
    world.clock.advance(1000);
    await settle();
    assert.equal(world.open.length, 1);
    assert.deepEqual(
      world.streams.map(({ destroyed }) => destroyed),
      [false, true],
    );
    world.search([deaf]);
    await settle();
    world.stop.abort();
    await settle();
    assert.ok(world.failure instanceof UplinkError);
    assert.equal(world.failure.failure, 'stopped');
    world.clock.advance(1000);
    await settle();
    assert.equal(world.open.length, 1);
    assert.equal(world.streams.at(-1)?.destroyed, true);
  });

  describe('when routes change', () => {
    it('goes on while the way is the same', async () => {
      world.names = { enf: ['192.0.2.7'] };
      const search = world.search([world.transport('tcp')]);
      await world.pass(500);
      assert.equal(search.routesChanged(), true);
      await world.pass(500);
      assert.equal(world.begun.length, 1);
    });

    for (const [what, way] of [
      ['is another one', '198.51.100.1'],
      ['is gone', undefined],
    ] as const) {
      it(`is not worth going on with when the way to all that is under way ${what}`, async () => {
        world.names = { enf: ['192.0.2.7'] };
        const search = world.search([world.transport('tcp')]);
        await world.pass(500);
        world.ways.set('192.0.2.7', way);
        assert.equal(search.routesChanged(), false);
      });
    }

    it('tries an address again that had no way, beside the attempts that continue', async () => {
      world.names = { enf: ['192.0.2.7', '2001:db8::7'] };
      world.ways.set('2001:db8::7', undefined);
      world.behaviour.set('2001:db8::7', { answers: 10 });
      const search = world.search([world.transport('tcp')]);
      await world.pass(3000);
      assert.equal(world.isOver, false);
      world.ways.set('2001:db8::7', '2001:db8::1');
      assert.equal(search.routesChanged(), true);
      await world.pass(300);
      assert.equal(world.result?.address, '2001:db8::7');
    });

    it('repeats what has lost its way, and leaves the rest alone', async () => {
      world.names = { enf: ['192.0.2.7', '2001:db8::7'] };
      const search = world.search([world.transport('tcp')]);
      await world.pass(1000);
      world.ways.set('192.0.2.7', '198.51.100.1');
      assert.equal(search.routesChanged(), true);
      await world.pass(500);
      const to = world.begun.map(([, , address]) => address);
      assert.deepEqual(to, ['192.0.2.7', '2001:db8::7', '192.0.2.7']);
    });
  });

  describe('when the network changes', () => {
    it('resolves names again, though an attempt has started by the new way already', async () => {
      world.names = { enf: dead(40) };
      const search = world.search([world.transport('tcp')]);
      await world.pass(1000);
      for (const address of dead(40)) world.ways.set(address, '198.51.100.1');
      await world.pass(250);
      world.names = { enf: ['192.0.2.7'] };
      world.behaviour.set('192.0.2.7', { answers: 10 });
      world.begun.splice(0);
      assert.equal(search.routesChanged(), true);
      await world.pass(300);
      assert.equal(world.result?.address, '192.0.2.7');
      assert.deepEqual(
        world.begun.map(([, , address]) => address),
        ['192.0.2.7'],
      );
    });

    it('resolves a name again that had no address, beside an attempt over another transport', async () => {
      let hasNetwork = false;
      const tcp = world.transport('tcp', {
        resolve: () =>
          hasNetwork
            ? Promise.resolve(['192.0.2.7'])
            : Promise.reject(new EnvironmentError('no DNS', { errno: 'EIO', syscall: 'DNS' })),
      });
      const psock = world.transport('psock', { localAddressTowards: () => undefined });
      world.names = { enf: ['192.0.2.8'] };
      world.behaviour.set('192.0.2.7', { answers: 10 });
      const search = world.search([tcp, psock]);
      await world.pass(1000);
      assert.deepEqual(world.begun, [[0, 'psock', '192.0.2.8']]);
      hasNetwork = true;
      assert.equal(search.routesChanged(), true);
      await world.pass(300);
      assert.equal(world.result?.address, '192.0.2.7');
    });
  });

  it('whatever the addresses do: ends in time, and leaves one connection or none', async function () {
    this.timeout(60_000);
    const behaviour = fc.oneof(
      fc.record({ answers: fc.nat(3000) }),
      fc.record({ refuses: fc.nat(3000) }),
      fc.constant('dead' as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { maxLength: 12 }),
        fc.nat(4000),
        fc.option(fc.nat(20_000), { freq: 3 }),
        async (behaviours, handshake, stopAt) => {
          const own = new World();
          own.handshake = handshake;
          own.names = { enf: dead(behaviours.length) };
          behaviours.forEach((one, i) => own.behaviour.set(dead(12)[i]!, one));
          own.search([own.transport('tcp'), own.transport('psock')]);
          if (stopAt !== null) own.clock.schedule(stopAt as never, () => own.stop.abort());
          await own.pass(searchDeadline + 1000);
          assert.ok(own.isOver, 'the search has ended');
          own.clock.advance(30_000);
          await settle();
          assert.deepEqual(own.open, own.result === undefined ? [] : [own.result]);
        },
      ),
      { numRuns: 20 },
    );
  });
});
