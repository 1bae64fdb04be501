import assert from 'node:assert/strict';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { dial, type DialOptions } from '../../../src/uplink/dial.ts';
import { UplinkError } from '../../../src/uplink/uplink-error.ts';

const refused = (address: string): EnvironmentError =>
  new EnvironmentError(`${address}: refused`, { errno: 'ECONNREFUSED', syscall: 'connect' });

function options(
  parts: Partial<DialOptions<string>> = {},
): DialOptions<string> & { tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    hosts: ['one', 'two'],
    signal: new AbortController().signal,
    resolve: (host) => Promise.resolve([`${host}.a`, `${host}.b`]),
    ...parts,
    connect: (address, signal) => {
      tried.push(address);
      return (parts.connect ?? (() => Promise.reject(refused(address))))(address, signal);
    },
  };
}

describe('dial', () => {
  it('takes the first connection and tries no more', async () => {
    const setting = options({ connect: (address) => Promise.resolve(`to ${address}`) });
    assert.equal(await dial(setting), 'to one.a');
    assert.deepEqual(setting.tried, ['one.a']);
  });

  it('tries every address of every host in order', async () => {
    const setting = options({
      connect: (address) =>
        address === 'two.b' ? Promise.resolve('up') : Promise.reject(refused(address)),
    });
    assert.equal(await dial(setting), 'up');
    assert.deepEqual(setting.tried, ['one.a', 'one.b', 'two.a', 'two.b']);
  });

  it('goes on behind a host that cannot be resolved', async () => {
    const setting = options({
      resolve: (host) =>
        host === 'one' ? Promise.reject(refused('dns')) : Promise.resolve([host]),
      connect: (address) => Promise.resolve(address),
    });
    assert.equal(await dial(setting), 'two');
  });

  it('names every failure when all failed', async () => {
    await assert.rejects(dial(options()), (error) => {
      assert.ok(error instanceof UplinkError);
      assert.equal(error.failure, 'unreachable');
      assert.equal(error.errno, 'ECONNREFUSED');
      assert.match(error.message, /one\.a: refused; one\.b: .*; two\.a: .*; two\.b: refused/);
      assert.equal(error.disconnectCause.kind, 'unreachable');
      return true;
    });
  });

  it('hands a single failure on as it is', async () => {
    const distrust = new UplinkError('server-untrusted', 'no', { errno: 'X', syscall: 'TLS' });
    const setting = options({
      hosts: ['one'],
      resolve: (host) => Promise.resolve([host]),
      connect: () => Promise.reject(distrust),
    });
    await assert.rejects(dial(setting), distrust);
  });

  it('says so when no host is configured', async () => {
    await assert.rejects(dial(options({ hosts: [] })), /remote\.hosts/);
  });

  it('stops when it is told to, without trying more', async () => {
    const stop = new AbortController();
    const setting = options({
      signal: stop.signal,
      connect: (address) => {
        stop.abort();
        return Promise.reject(refused(address));
      },
    });
    await assert.rejects(dial(setting), (error) => {
      assert.ok(error instanceof UplinkError);
      assert.equal(error.disconnectCause.kind, 'stopped');
      return true;
    });
    assert.deepEqual(setting.tried, ['one.a']);
  });

  it('lets errors of our own through', async () => {
    const setting = options({
      connect: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is what a bug looks like
        throw 'a bug';
      },
    });
    await assert.rejects(dial(setting), (error) => error === 'a bug');
  });

  it('does not take a fault of ours for a bad server', async () => {
    const fault = new TypeError('a mistake');
    const setting = options({ connect: () => Promise.reject(fault) });
    await assert.rejects(dial(setting), fault);
    assert.deepEqual(setting.tried, ['one.a']);
  });
});
