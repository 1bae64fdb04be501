/**
 * Puts the tunnel's address on a TUN interface with iproute2, and brings the interface up with the tunnel's MTU. The
 * kernel's own routes to other destinations are left to the operator's set-up.
 */
import type { ExecFileException } from 'node:child_process';
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
  /** Runs the program; rejects like `runProgram`. */
  readonly run?: (program: string, args: readonly string[]) => Promise<void>;
}

export async function setInterfaceAddress(options: AddressOptions): Promise<void> {
  const { ipPath, interfaceName, address, previous, run = runProgram } = options;
  const mtu = String(ipv6MinimumMtu);
  await run(ipPath, ['link', 'set', 'dev', interfaceName, 'mtu', mtu, 'up']);
  if (previous !== undefined && previous !== address) {
    await run(ipPath, ['-6', 'addr', 'del', `${previous}/128`, 'dev', interfaceName]);
  }
  await run(ipPath, ['-6', 'addr', 'replace', `${address}/128`, 'dev', interfaceName]);
}

/** Runs `program` with an empty environment. Rejects with an EnvironmentError that quotes what it said. */
export async function runProgram(
  program: string,
  args: readonly string[],
  deadline: Duration = seconds(5),
): Promise<void> {
  // Only here: a card sets no address, and must start soon.
  const { execFile } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { env: {}, timeout: deadline }, (error, _, stderr) => {
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
