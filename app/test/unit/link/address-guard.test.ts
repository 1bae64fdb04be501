import assert from 'node:assert/strict';
import { Attempt, GivenUpError } from '../../../src/core/attempt.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { AddressGuard } from '../../../src/link/address-guard.ts';
import type { WantedAddress } from '../../../src/link/interface-address.ts';
import { FakeClock, settle } from '../core/fake-clock.ts';

describe('address guard', () => {
  let clock: FakeClock;
  let guard: AddressGuard;
  /** What the kernel has. */
  let present: Set<string>;
  let asked: WantedAddress[];
  let told: (string | undefined)[];
  let isDown: boolean;
  let refusal: EnvironmentError | undefined;
  let silence: EnvironmentError | undefined;
  /** Answers of `set` wait until they are called. */
  let held: (() => void)[] | undefined;
  /** `set` finishes what was given up. */
  let isDeaf: boolean;
  /** How often the kernel was asked what is missing. */
  let asks: number;

  beforeEach(() => {
    clock = new FakeClock();
    present = new Set();
    asked = [];
    told = [];
    isDown = false;
    refusal = undefined;
    silence = undefined;
    held = undefined;
    isDeaf = false;
    asks = 0;
    guard = new AddressGuard({
      interfaceName: 'enf0',
      clock,
      set: async (wanted, signal) => {
        asked.push(wanted);
        if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
        if (!isDeaf) signal.throwIfAborted();
        if (refusal !== undefined) throw refusal;
        for (const former of wanted.former) present.delete(former);
        present.add(wanted.address);
      },
      shortcoming: (address) => {
        asks++;
        if (silence !== undefined) throw silence;
        if (!present.has(address)) return { words: `lacks ${address}`, isOurs: true };
        return isDown ? { words: 'is down', isOurs: false } : undefined;
      },
    });
    guard.onProblem = (problem) => told.push(problem);
  });

  const set = (address: string) => guard.set(address, new Attempt().signal);
  const denied = new EnvironmentError('ip: denied', { errno: 'EPERM', syscall: 'execve' });

  async function lose(): Promise<void> {
    present.clear();
    guard.look();
    await settle();
  }

  it('brings the interface up with the first address alone', async () => {
    refusal = denied;
    await assert.rejects(set('fd00::1'), EnvironmentError);
    refusal = undefined;
    await set('fd00::1');
    await set('fd00::1');
    assert.deepEqual(
      asked.map(({ bringUp }) => bringUp),
      [true, true, false],
    );
  });

  it('replaces whatever it has put there, also when that failed half-way', async () => {
    await set('fd00::1');
    refusal = denied;
    await assert.rejects(set('fd00::2'), EnvironmentError);
    refusal = undefined;
    await set('fd00::3');
    await set('fd00::1');
    assert.deepEqual(
      asked.map(({ address, former }) => [address, ...former]),
      [
        ['fd00::1'],
        ['fd00::2', 'fd00::1'],
        ['fd00::3', 'fd00::2', 'fd00::1'],
        ['fd00::1', 'fd00::3'],
      ],
    );
  });

  it('remembers a bounded number of addresses, however many could not be set', async () => {
    refusal = denied;
    for (let n = 0; n < 50; n++) await assert.rejects(set(`fd00::${n}`));
    assert.equal(asked.at(-1)!.former.length, 8);
    assert.equal(asked.at(-1)!.former[0], 'fd00::48');
  });

  it('restores what was removed, at once, and reports both', async () => {
    await set('fd00::1');
    assert.deepEqual(told, []);
    await lose();
    assert.ok(present.has('fd00::1'));
    assert.deepEqual(told, ['enf0 lacks fd00::1', undefined]);
    assert.equal(guard.problem, undefined);
    assert.equal(clock.pending, 0);
  });

  it('does nothing while nothing is missing, and before the first address', async () => {
    guard.look();
    assert.equal(guard.problem, undefined);
    await set('fd00::1');
    guard.look();
    await settle();
    assert.equal(asked.length, 1);
  });

  it('reports only that, of an interface that was taken down by hand', async () => {
    await set('fd00::1');
    isDown = true;
    guard.look();
    clock.advance(100_000);
    await settle();
    assert.equal(guard.problem, 'enf0 is down');
    assert.deepEqual([told, asked.length], [['enf0 is down'], 1]);
    isDown = false;
    guard.look();
    assert.deepEqual(told, ['enf0 is down', undefined]);
  });

  it('leaves a first address that could not be set to its caller', async () => {
    refusal = denied;
    await assert.rejects(set('fd00::1'), EnvironmentError);
    await lose();
    clock.advance(100_000);
    await settle();
    assert.equal(asked.length, 1);
    assert.equal(guard.problem, undefined);
  });

  it('tries again every ten seconds while that fails, and says why', async () => {
    await set('fd00::1');
    refusal = denied;
    await lose();
    assert.deepEqual(told, ['enf0 lacks fd00::1', 'enf0 lacks fd00::1; ip: denied']);
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      await settle();
    }
    assert.equal(asked.length, 1 + 1 + 6);
    assert.equal(told.length, 2, 'the same is reported once');
    refusal = undefined;
    clock.advance(10_000);
    await settle();
    assert.equal(told.at(-1), undefined);
    assert.equal(clock.pending, 0);
    refusal = denied;
    await lose();
    assert.equal(told.at(-2), 'enf0 lacks fd00::1', 'the reason of before is forgotten');
  });

  it('does not fight with a program that removes the address again and again', async () => {
    await set('fd00::1');
    for (let second = 0; second < 60; second++) {
      for (let tenth = 0; tenth < 10; tenth++) {
        await lose();
        clock.advance(100);
      }
    }
    const repairs = asked.length - 1;
    assert.ok(repairs >= 5 + 5 && repairs <= 5 + 7, `${repairs} repairs in a minute`);
  });

  it('takes a kernel that does not answer for a problem, and asks again', async () => {
    await set('fd00::1');
    silence = new EnvironmentError('no descriptor', { errno: 'EMFILE', syscall: 'socket' });
    guard.look();
    await settle();
    assert.equal(guard.problem, 'no descriptor');
    silence = undefined;
    clock.advance(10_000);
    await settle();
    assert.equal(told.at(-1), undefined);
  });

  it('looks again when it has been at work', async () => {
    await set('fd00::1');
    held = [];
    await lose();
    guard.look();
    assert.equal(asked.length, 2);
    present.clear();
    held[0]!();
    await settle();
    assert.equal(guard.problem, undefined);
    assert.equal(asked.length, 2);
  });

  it('makes one change at a time, and none that was given up meanwhile', async () => {
    held = [];
    const attempts = [new Attempt(), new Attempt(), new Attempt()];
    const all = attempts.map(({ signal }, n) => guard.set(`fd00::${n}`, signal));
    await settle();
    attempts[0]!.giveUp();
    attempts[1]!.giveUp();
    assert.equal(asked.length, 1);
    held[0]!();
    await assert.rejects(all[0]!, GivenUpError);
    await assert.rejects(all[1]!, GivenUpError);
    await settle();
    assert.deepEqual(
      asked.map(({ address, former }) => [address, ...former]),
      [['fd00::0'], ['fd00::2', 'fd00::0']],
    );
    held[1]!();
    await all[2];
    assert.deepEqual([...present], ['fd00::2']);
  });

  it('gives a repair up for another address', async () => {
    await set('fd00::1');
    held = [];
    await lose();
    const other = set('fd00::2');
    held[0]!();
    await settle();
    held[1]!();
    await other;
    assert.deepEqual([...present], ['fd00::2']);
    assert.equal(guard.problem, undefined);
    assert.equal(clock.pending, 0);
  });

  for (const end of ['succeeds', 'fails'] as const) {
    it(`does not judge the interface by a repair that ${end} after it was given up`, async () => {
      await set('fd00::1');
      const before = asks;
      held = [];
      isDeaf = true;
      await lose();
      const other = set('fd00::2');
      refusal = end === 'fails' ? denied : undefined;
      const reports = [...told];
      const looked = asks;
      held[0]!();
      await settle();
      assert.equal(asks, looked, 'the interface is not looked at');
      assert.deepEqual(told, reports);
      assert.equal(clock.pending, 0, 'no repair is planned');
      assert.ok(looked > before);
      refusal = undefined;
      held[1]!();
      await other;
      assert.equal(guard.problem, undefined);
    });
  }

  it('does not look after an address whose setting was given up, but was done all the same', async () => {
    held = [];
    isDeaf = true;
    const attempt = new Attempt();
    const given = guard.set('fd00::1', attempt.signal);
    await settle();
    attempt.giveUp();
    held[0]!();
    await assert.rejects(given, GivenUpError);
    held = undefined;
    await lose();
    assert.equal(asked.length, 1);
    await set('fd00::2');
    assert.deepEqual(asked[1]?.former, ['fd00::1']);
    assert.equal(asked[1].bringUp, true);
  });

  it('says and does nothing after close', async () => {
    await set('fd00::1');
    refusal = denied;
    await lose();
    const before = [told.length, asked.length];
    guard.close();
    guard.close();
    guard.look();
    clock.advance(100_000);
    await settle();
    assert.deepEqual([told.length, asked.length], before);
    assert.equal(clock.pending, 0);
  });
});
