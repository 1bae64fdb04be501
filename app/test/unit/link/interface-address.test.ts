import assert from 'node:assert/strict';
import { Attempt, GivenUpError } from '../../../src/core/attempt.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { milliseconds, seconds } from '../../../src/core/time.ts';
import {
  runProgram,
  setInterfaceAddress,
  shortcomingOf,
  type InterfaceState,
} from '../../../src/link/interface-address.ts';

describe('interface address', () => {
  const commands: string[] = [];
  /** What `ip` answers, in order; then success. */
  let answers: (() => void)[];
  let addresses: Set<string>;
  let link: ReturnType<InterfaceState['link']>;
  const options = {
    ipPath: '/sbin/ip',
    interfaceName: 'enf0',
    state: {
      hasAddress: (address: string) => addresses.has(address),
      link: () => link,
    },
    run: async (program: string, args: readonly string[]) => {
      commands.push([program, ...args].join(' '));
      await Promise.resolve();
      answers.shift()?.();
    },
  };
  const { signal } = new Attempt();
  const first = { address: 'fd00::1', former: [], bringUp: true };
  const later = { ...first, bringUp: false };
  const refuse = (): never => {
    throw new EnvironmentError('no', { errno: 'EIO', syscall: 'execve' });
  };
  beforeEach(() => {
    commands.splice(0);
    answers = [];
    addresses = new Set();
    link = { mtu: 1500, up: false };
  });

  it('brings the interface up with the MTU of the tunnel, then sets the address', async () => {
    await setInterfaceAddress(options, first, signal);
    assert.deepEqual(commands, [
      '/sbin/ip link set dev enf0 mtu 1280 up',
      '/sbin/ip -6 addr replace fd00::1/128 dev enf0',
    ]);
  });

  it('does only what is left to do', async () => {
    link = { mtu: 1280, up: false };
    await setInterfaceAddress(options, later, signal);
    addresses.add('fd00::1');
    await setInterfaceAddress(options, later, signal);
    link = { mtu: 1000, up: true };
    await setInterfaceAddress(options, first, signal);
    assert.deepEqual(commands, [
      '/sbin/ip -6 addr replace fd00::1/128 dev enf0',
      '/sbin/ip link set dev enf0 mtu 1280',
    ]);
  });

  it('takes the addresses before away that are still there', async () => {
    link = { mtu: 1280, up: true };
    addresses.add('fd00::3');
    await setInterfaceAddress(options, { ...later, former: ['fd00::2', 'fd00::3'] }, signal);
    assert.deepEqual(commands, [
      '/sbin/ip -6 addr del fd00::3/128 dev enf0',
      '/sbin/ip -6 addr replace fd00::1/128 dev enf0',
    ]);
  });

  it('asks whether an address is gone when deleting it fails', async () => {
    link = { mtu: 1280, up: true };
    addresses.add('fd00::2');
    const goneMeanwhile = (): never => {
      addresses.clear();
      return refuse();
    };
    answers = [refuse];
    await assert.rejects(setInterfaceAddress(options, { ...later, former: ['fd00::2'] }, signal));
    assert.equal(commands.length, 1);
    answers = [goneMeanwhile];
    await setInterfaceAddress(options, { ...later, former: ['fd00::2'] }, signal);
    assert.equal(commands.at(-1), '/sbin/ip -6 addr replace fd00::1/128 dev enf0');
  });

  it('stops at the first command that fails', async () => {
    answers = [refuse];
    await assert.rejects(setInterfaceAddress(options, first, signal), EnvironmentError);
    assert.equal(commands.length, 1);
  });

  it('runs no further command once it is given up', async () => {
    const attempt = new Attempt();
    answers = [() => attempt.giveUp()];
    const change = setInterfaceAddress(options, first, attempt.signal);
    await assert.rejects(change, GivenUpError);
    assert.equal(commands.length, 1);
  });

  it('says what an interface lacks', () => {
    const lacks = () => shortcomingOf(options.state, 'fd00::1');
    assert.match(lacks()?.words ?? '', /has an MTU of 1500 instead of 1280/);
    link = { mtu: 1280, up: false };
    assert.match(lacks()?.words ?? '', /does not have .* fd00::1/);
    assert.equal(lacks()?.isOurs, true);
    addresses.add('fd00::1');
    assert.match(lacks()?.words ?? '', /is down/);
    assert.equal(lacks()?.isOurs, false, 'the one who took it down takes it up');
    link = { mtu: 1280, up: true };
    assert.equal(lacks(), undefined);
  });
});

describe('running a program', () => {
  it('gives it an empty environment', async () => {
    await runProgram('/bin/sh', ['-c', 'test -z "$HOME$USER"']);
  });

  it('quotes what a program said that failed', async () => {
    await assert.rejects(runProgram('/bin/sh', ['-c', 'echo not today >&2; exit 2']), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /not today; .*CAP_NET_ADMIN/);
      return true;
    });
  });

  it('says what is missing when there is no such program', async () => {
    await assert.rejects(runProgram('/nonexistent/ip', []), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.equal(error.errno, 'ENOENT');
      assert.match(error.message, /tun\.ip_path/);
      return true;
    });
  });

  it('says so when there is something of that name that cannot be run', async () => {
    await assert.rejects(runProgram('/tmp', []), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.equal(error.errno, 'EACCES');
      assert.match(error.message, /tun\.ip_path/);
      assert.doesNotMatch(error.message, /CAP_NET_ADMIN/);
      return true;
    });
  });

  it('ends a program that does not end, and says so', async () => {
    const endless = runProgram('/bin/sh', ['-c', 'sleep 30'], {
      deadline: milliseconds(50),
    });
    await assert.rejects(endless, (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /has not ended within 0\.05 s; tun\.ip_path/);
      return true;
    });
  });

  it('kills a program when it is given up, and waits for its end', async () => {
    const attempt = new Attempt();
    const began = performance.now();
    const endless = runProgram('/bin/sh', ['-c', 'trap "" TERM; exec sleep 60'], {
      signal: attempt.signal,
      deadline: seconds(60),
    });
    setTimeout(() => attempt.giveUp(), 50);
    await assert.rejects(endless, GivenUpError);
    assert.ok(performance.now() - began < 30_000);
  });
});
