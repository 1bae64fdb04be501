/**
 * Puts the tunnel's address on a TUN interface with iproute2, and brings the interface up with the tunnel's MTU. The
 * kernel's own routes to other destinations are left to the operator's set-up.
 */
import type { ExecFileException } from 'node:child_process';
import { GivenUpError } from '../core/attempt.ts';
import { EnvironmentError } from '../core/errors.ts';
import { seconds, type Duration } from '../core/time.ts';
import { ipv6MinimumMtu } from '../wire/ipv6.ts';

export interface AddressOptions {
  /** iproute2's `ip`. */
  readonly ipPath: string;
  readonly interfaceName: string;
  readonly address: string;
  /** The address that this one replaces. */
  readonly previous: string | undefined;
  readonly signal: AbortSignal;
  /** Runs the program; rejects like `runProgram`. */
  readonly run?: (
    program: string,
    args: readonly string[],
    options: Pick<RunOptions, 'signal'>,
  ) => Promise<void>;
}

export interface RunOptions {
  /** Aborted: the program is killed, and the promise rejects once it has ended. */
  readonly signal?: AbortSignal;
  readonly deadline?: Duration;
}

export async function setInterfaceAddress(options: AddressOptions): Promise<void> {
  const { ipPath, interfaceName, address, previous, signal, run = runProgram } = options;
  const ip = async (...args: string[]): Promise<void> => {
    signal.throwIfAborted();
    await run(ipPath, args, { signal });
  };
  await ip('link', 'set', 'dev', interfaceName, 'mtu', String(ipv6MinimumMtu), 'up');
  if (previous !== undefined && previous !== address) {
    await ip('-6', 'addr', 'del', `${previous}/128`, 'dev', interfaceName);
  }
  await ip('-6', 'addr', 'replace', `${address}/128`, 'dev', interfaceName);
}

/** Runs `program` with an empty environment. Rejects with an EnvironmentError that quotes what it said. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { signal, deadline = seconds(5) }: RunOptions = {},
): Promise<void> {
  // Only here: a card sets no address, and must start soon.
  const { execFile } = await import('node:child_process');
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const options = { env: {}, timeout: deadline, killSignal: 'SIGKILL' } as const;
    const onAbort = (): void => void child.kill('SIGKILL');
    const child = execFile(program, [...args], options, (error, _, stderr) => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) return reject(new GivenUpError(signal.reason));
      if (error === null) return resolve();
      const { said, advice } = explain(error, stderr.trim(), deadline);
      reject(
        new EnvironmentError(`${program} ${args.join(' ')}: ${said}; ${advice}`, {
          errno: typeof error.code === 'string' ? error.code : 'EIO',
          syscall: 'execve',
          cause: error,
        }),
      );
    });
    signal?.addEventListener('abort', onAbort);
  });
}

function explain(
  error: ExecFileException,
  stderr: string,
  deadline: Duration,
): { said: string; advice: string } {
  // Names of the system are for a program that did not start; one that ran has an exit status.
  if (typeof error.code === 'string') {
    return { said: error.message, advice: 'install iproute2, or name its ip in tun.ip_path' };
  }
  if (error.killed === true) {
    const said = `has not ended within ${deadline / 1000} s`;
    return { said, advice: 'tun.ip_path must name the ip of iproute2' };
  }
  const said = stderr || `ended with status ${error.code}`;
  return { said, advice: 'this needs CAP_NET_ADMIN, and IPv6 switched on for the interface' };
}
