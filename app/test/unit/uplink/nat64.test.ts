import assert from 'node:assert/strict';
import { Attempt, GivenUpError } from '../../../src/core/attempt.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { Nat64 } from '../../../src/uplink/nat64.ts';

describe('NAT64', () => {
  let records: readonly string[] | Error;
  let asked: string[];
  let cleared: number;
  let ways: string[];
  let nat64: Nat64;

  beforeEach(() => {
    records = ['2001:db8:64::c000:aa', '2001:db8:64::c000:ab'];
    asked = [];
    cleared = 0;
    ways = [];
    nat64 = new Nat64({
      names: {
        resolve: (name) => {
          asked.push(name);
          return records instanceof Error ? Promise.reject(records) : Promise.resolve(records);
        },
        clear: () => cleared++,
      },
      hasWay: (address) => ways.includes(address),
    });
  });

  const extend = (...addresses: string[]) => nat64.extend(addresses, new Attempt().signal);

  it('puts what the translator has for an address before it', async () => {
    assert.deepEqual(await extend('192.0.2.33'), ['2001:db8:64::c000:221', '192.0.2.33']);
    assert.deepEqual(asked, ['ipv4only.arpa']);
  });

  it('does nothing where the kernel has a way, or IPv6 can be tried', async () => {
    ways = ['192.0.2.1'];
    const lists = [['192.0.2.1'], ['192.0.2.9', '192.0.2.1'], ['192.0.2.9', '2001:db8::1']];
    for (const list of lists) assert.deepEqual(await extend(...list), list);
    assert.deepEqual(asked, []);
  });

  it('asks again after the network has changed', async () => {
    nat64.clear();
    assert.equal(cleared, 1);
    records = ['64:ff9b::c000:aa'];
    assert.deepEqual(await extend('198.41.0.4'), ['64:ff9b::c629:4', '198.41.0.4']);
  });

  it('sends no private address to the well-known prefix, which has none', async () => {
    records = ['64:ff9b::c000:aa', '2001:db8:64::c000:aa'];
    assert.deepEqual(await extend('10.0.0.1'), ['2001:db8:64::a00:1', '10.0.0.1']);
  });

  it('leaves the addresses as they are on a network without a translator', async () => {
    for (const answer of [
      new EnvironmentError('no such name', { errno: 'ENOTFOUND', syscall: 'DNS' }),
      ['2001:db8::1'],
    ]) {
      records = answer;
      assert.deepEqual(await extend('192.0.2.33'), ['192.0.2.33']);
    }
  });

  it('takes few prefixes, however many there are', async () => {
    records = Array.from({ length: 50 }, (_, i) => `2001:db8:${i}::c000:aa`);
    assert.equal((await extend('192.0.2.33')).length, 3);
  });

  it('ends with the attempt that asked, and lets a bug through', async () => {
    const attempt = new Attempt();
    attempt.giveUp();
    records = new EnvironmentError('late', { errno: 'ETIMEDOUT', syscall: 'DNS' });
    await assert.rejects(nat64.extend(['192.0.2.33'], attempt.signal), GivenUpError);
    records = new TypeError('a bug');
    await assert.rejects(extend('192.0.2.33'), TypeError);
  });
});
