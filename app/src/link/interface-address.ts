/**
 * Puts the tunnel's address on a TUN interface with iproute2, and gives it the tunnel's MTU. The kernel's own routes to
 * other destinations are left to the operator's set-up.
 *
 * What is there is asked of the kernel each time and not remembered: it takes IPv6 addresses away by itself, and so may
 * anybody else. For the same reason a deletion that fails is one only if the address is still there.
 */
import type { ExecFileException } from 'node:child_process';
import { GivenUpError } from '../core/attempt.ts';
import { EnvironmentError } from '../core/errors.ts';
import { seconds, type Duration } from '../core/time.ts';
import { ipv6MinimumMtu } from '../wire/ipv6.ts';

/** The current state of the interface. Throws an EnvironmentError if the kernel cannot be asked. */
export interface InterfaceState {
  hasAddress(addressText: string): boolean;
  /** Undefined if there is no such interface. */
  link(): { readonly mtu: number; readonly up: boolean } | undefined;
}

export interface AddressOptions {
  /** iproute2's `ip`. */
  readonly ipPath: string;
  readonly interfaceName: string;
  readonly state: InterfaceState;
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

export interface WantedAddress {
  readonly address: string;
  /** Addresses that this one replaces. */
  readonly former: readonly string[];
  /** At the start only: later, an interface that was taken down by hand stays down. */
  readonly bringUp: boolean;
}

/** Rejects with an EnvironmentError that says what could not be done. */
export async function setInterfaceAddress(
  options: AddressOptions,
  { address, former, bringUp }: WantedAddress,
  signal: AbortSignal,
): Promise<void> {
  const { ipPath, interfaceName, state, run = runProgram } = options;
  const ip = async (...args: string[]): Promise<void> => {
    signal.throwIfAborted();
    await run(ipPath, args, { signal });
  };
  const link = state.link();
  const mtu = link?.mtu === ipv6MinimumMtu ? [] : ['mtu', String(ipv6MinimumMtu)];
  const up = bringUp && link?.up !== true ? ['up'] : [];
  if (mtu.length + up.length > 0) await ip('link', 'set', 'dev', interfaceName, ...mtu, ...up);
  for (const old of former) {
    if (!state.hasAddress(old)) continue;
    try {
      await ip('-6', 'addr', 'del', `${old}/128`, 'dev', interfaceName);
    } catch (error) {
      if (signal.aborted || state.hasAddress(old)) throw error;
    }
  }
  if (state.hasAddress(address)) return;
  await ip('-6', 'addr', 'replace', `${address}/128`, 'dev', interfaceName);
}

/** What keeps the interface from carrying the tunnel's traffic. */
export interface Shortcoming {
  /** To follow the interface's name. */
  readonly words: string;
  /** `setInterfaceAddress` puts it right. */
  readonly isOurs: boolean;
}

/** Undefined when there is nothing wrong with the interface. */
export function shortcomingOf(state: InterfaceState, address: string): Shortcoming | undefined {
  const link = state.link();
  if (link !== undefined && link.mtu !== ipv6MinimumMtu) {
    return { words: `has an MTU of ${link.mtu} instead of ${ipv6MinimumMtu}`, isOurs: true };
  }
  if (!state.hasAddress(address)) {
    return { words: `does not have the tunnel's address ${address}`, isOurs: true };
  }
  if (link?.up !== false) return undefined;
  return { words: 'is down; take it up with "ip link set"', isOurs: false };
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
    const isOfMachine = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'].includes(error.code);
    if (isOfMachine)
      return { said: error.message, advice: 'this machine is short of files, processes or memory' };
    return { said: error.message, advice: 'install iproute2, or name its ip in tun.ip_path' };
  }
  if (error.killed === true) {
    const said = `has not ended within ${deadline / 1000} s`;
    return { said, advice: 'tun.ip_path must name the ip of iproute2' };
  }
  const said = stderr || `ended with status ${error.code}`;
  return { said, advice: 'this needs CAP_NET_ADMIN, and IPv6 switched on for the interface' };
}
