import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { Search, type SearchOptions, type Tried } from '../../../../src/uplink/search/search.ts';
import { AddressMemory } from '../../../../src/uplink/search/address-memory.ts';
import type { Target, Transport, TransportStream } from '../../../../src/uplink/transport.ts';
import { UplinkError } from '../../../../src/uplink/uplink-error.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { serverHosts } from '../server-hosts.ts';

const refused = (address: string): EnvironmentError =>
  new EnvironmentError(`${address}: refused`, { errno: 'ECONNREFUSED', syscall: 'connect' });

/** A transport with two addresses for each host. */
function transport(name: string, parts: Partial<Transport> = {}): Transport {
  return {
    name,
    mostAtOnce: 40,
    unavailable: () => undefined,
    resolve: ({ text }) => Promise.resolve([`${text}.a`, `${text}.b`]),
    connect: ({ address }) => Promise.reject(refused(address)),
    localAddressTowards: () => undefined,
    networkChanged: () => undefined,
    ...parts,
  };
}

/** A stream that says where it leads. */
const streamTo = ({ address }: Target): Promise<TransportStream> =>
  Promise.resolve({ stream: new PassThrough(), localAddress: address });

function options(
  parts: Partial<SearchOptions<string>> = {},
): SearchOptions<string> & { attempts: Tried[]; tried: () => (string | undefined)[] } {
  const attempts: Tried[] = [];
  return {
    attempts,
    tried: () => attempts.map(({ address }) => address),
    transports: [transport('tcp')],
    hosts: serverHosts('one', 'two'),
    port: 443,
    signal: new AbortController().signal,
    clock: new FakeClock(),
    memory: new AddressMemory(),
    release: () => undefined,
    secure: ({ localAddress }) => Promise.resolve(`to ${localAddress}`),
    onAttempt: (attempt) => attempts.push(attempt),
    ...parts,
  };
}

const dial = (setting: SearchOptions<string>): Promise<string> => new Search(setting).connection;

describe('the order of a search', () => {
  it('takes the first connection and tries no more', async () => {
    const setting = options({ transports: [transport('tcp', { connect: streamTo })] });
    assert.equal(await dial(setting), 'to one.a');
    assert.deepEqual(setting.attempts, [
      { transport: 'tcp', host: 'one', address: 'one.a', problem: undefined },
    ]);
  });

  it('silently skips a default transport that does not exist', async () => {
    const absent = { unavailable: () => 'no psockd', connect: streamTo };
    const setting = options({
      transports: [
        transport('tcp'),
        transport('psock', { ...absent, isOptional: true }),
        transport('hss', { isOptional: true, connect: streamTo }),
      ],
    });
    assert.equal(await dial(setting), 'to one.a');
    const names = setting.attempts.map(({ transport }) => transport);
    assert.deepEqual([...new Set(names)], ['tcp', 'hss']);
    const only = options({ transports: [transport('psock', absent)] });
    await assert.rejects(dial(only), /psock: no psockd/);
  });

  it('tries every address of every host in order', async () => {
    const setting = options({
      transports: [
        transport('tcp', {
          connect: (target) =>
            target.address === 'two.b' ? streamTo(target) : Promise.reject(refused(target.address)),
        }),
      ],
    });
    assert.equal(await dial(setting), 'to two.b');
    assert.deepEqual(setting.tried(), ['one.a', 'one.b', 'two.a', 'two.b']);
    assert.deepEqual(setting.attempts[0]?.problem, 'one.a: refused');
  });

  it('goes on behind a host that cannot be resolved', async () => {
    const setting = options({
      transports: [
        transport('tcp', {
          resolve: ({ text }) =>
            text === 'one' ? Promise.reject(refused('dns')) : Promise.resolve([text]),
          connect: streamTo,
        }),
      ],
    });
    assert.equal(await dial(setting), 'to two');
    assert.deepEqual(setting.attempts[0], {
      transport: 'tcp',
      host: 'one',
      address: undefined,
      problem: 'dns: refused',
    });
  });

  it('goes on to the next transport when one reaches nothing', async () => {
    const setting = options({
      transports: [transport('tcp'), transport('psock', { connect: streamTo })],
    });
    assert.equal(await dial(setting), 'to one.a');
    assert.deepEqual(
      setting.attempts.map((attempt) => attempt.transport),
      ['tcp', 'tcp', 'tcp', 'tcp', 'psock'],
    );
  });

  it('does not try a transport that cannot be used, and says why', async () => {
    const setting = options({
      transports: [
        transport('psock', {
          unavailable: () => 'no host is plugged in',
          connect: () => assert.fail('tried'),
        }),
        transport('tcp', { connect: streamTo }),
      ],
    });
    assert.equal(await dial(setting), 'to one.a');
    assert.equal(setting.attempts[0]?.problem, 'psock: no host is plugged in');
  });

  it('names every failure once when all failed', async () => {
    const down = transport('psock', { unavailable: () => 'no host is plugged in' });
    await assert.rejects(dial(options({ transports: [transport('tcp'), down] })), (error) => {
      assert.ok(error instanceof UplinkError);
      assert.equal(error.failure, 'unreachable');
      assert.equal(error.errno, 'ECONNREFUSED');
      assert.equal(
        error.message,
        'one.a: refused; one.b: refused; two.a: refused; two.b: refused; psock: no host is plugged in',
      );
      return true;
    });
  });

  it('calls the attempt after the failure that got furthest', async () => {
    const distrust = new UplinkError('server-untrusted', 'no', { errno: 'X', syscall: 'TLS' });
    const broken = new UplinkError('handshake-failed', 'cut', { errno: 'Y', syscall: 'TLS' });
    let calls = 0;
    const setting = options({
      transports: [transport('tcp', { connect: streamTo })],
      secure: () => Promise.reject([broken, distrust, broken][calls++ % 3]!),
    });
    await assert.rejects(dial(setting), (error) => {
      assert.ok(error instanceof UplinkError);
      assert.equal(error.failure, 'server-untrusted');
      return true;
    });
  });

  it('hands a single failure on as it is', async () => {
    const distrust = new UplinkError('server-untrusted', 'no', { errno: 'X', syscall: 'TLS' });
    const setting = options({
      hosts: serverHosts('one'),
      transports: [
        transport('tcp', {
          resolve: ({ text }) => Promise.resolve([text]),
          connect: () => Promise.reject(distrust),
        }),
      ],
    });
    await assert.rejects(dial(setting), distrust);
  });

  it('says so when no host is configured', async () => {
    await assert.rejects(dial(options({ hosts: [] })), /remote\.hosts/);
  });

  it('stops on request, without trying more', async () => {
    const stop = new AbortController();
    let calls = 0;
    const setting = options({
      signal: stop.signal,
      transports: [
        transport('tcp', {
          connect: ({ address }) => {
            calls++;
            stop.abort();
            return Promise.reject(refused(address));
          },
        }),
      ],
    });
    await assert.rejects(dial(setting), (error) => {
      assert.ok(error instanceof UplinkError);
      assert.equal(error.disconnectCause.kind, 'stopped');
      return true;
    });
    assert.equal(calls, 1);
  });

  for (const fault of ['a bug', new TypeError('a mistake')]) {
    it(`does not take a fault of ours for a bad server: ${typeof fault}`, async () => {
      let calls = 0;
      const connect = (): never => {
        calls++;
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is what a bug may look like
        throw fault;
      };
      const setting = options({ transports: [transport('tcp', { connect })] });
      await assert.rejects(dial(setting), (error) => error === fault);
      assert.equal(calls, 1);
    });
  }
});
