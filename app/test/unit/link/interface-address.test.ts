import assert from 'node:assert/strict';
import { Attempt, GivenUpError } from '../../../src/core/attempt.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { milliseconds, seconds } from '../../../src/core/time.ts';
import { runProgram, setInterfaceAddress } from '../../../src/link/interface-address.ts';

describe('interface address', () => {
  const commands: string[] = [];
  const options = {
    ipPath: '/sbin/ip',
    interfaceName: 'enf0',
    address: 'fd00::1',
    previous: undefined as string | undefined,
    signal: new Attempt().signal,
    run: (program: string, args: readonly string[]) => {
      commands.push([program, ...args].join(' '));
      return Promise.resolve();
    },
  };
  beforeEach(() => commands.splice(0));

  it('brings the interface up with the MTU of the tunnel, then sets the address', async () => {
    await setInterfaceAddress(options);
    assert.deepEqual(commands, [
      '/sbin/ip link set dev enf0 mtu 1280 up',
      '/sbin/ip -6 addr replace fd00::1/128 dev enf0',
    ]);
  });

  it('takes the address before away', async () => {
    await setInterfaceAddress({ ...options, previous: 'fd00::2' });
    assert.deepEqual(commands[1], '/sbin/ip -6 addr del fd00::2/128 dev enf0');
    assert.equal(commands.length, 3);
  });

  it('stops at the first command that fails', async () => {
    let calls = 0;
    const run = (): Promise<void> => {
      calls++;
      return Promise.reject(new EnvironmentError('no', { errno: 'EIO', syscall: 'execve' }));
    };
    await assert.rejects(setInterfaceAddress({ ...options, run }), EnvironmentError);
    assert.equal(calls, 1);
  });

  it('runs no further command once it is given up', async () => {
    const attempt = new Attempt();
    const run = (program: string, args: readonly string[]): Promise<void> => {
      attempt.giveUp();
      return options.run(program, args);
    };
    const change = setInterfaceAddress({ ...options, run, signal: attempt.signal });
    await assert.rejects(change, GivenUpError);
    assert.equal(commands.length, 1);
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
