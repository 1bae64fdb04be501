/**
 * Makes the card's own kernel invisible on an interface that the gadget brought, by the card's script: no address, no
 * ARP, and everything that arrives is dropped behind the packet sockets. Part of making the gadget, so that there is no
 * way to get the interface without it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EnvironmentError } from '../../core/errors.ts';

const run = promisify(execFile);
const script = '/usr/lib/card/silence-link';
const timeoutMs = 20_000;

/** Afterwards the interface is up. Rejects with an EnvironmentError. */
export async function silenceLink(interfaceName: string): Promise<void> {
  try {
    await run(script, [interfaceName], { timeout: timeoutMs });
  } catch (cause) {
    // Of execFile's error: what the script's tools reported, or why it did not run.
    const { stderr = '', message } = cause as Error & { stderr?: string };
    const [reason] = (stderr.trim() || message).split('\n');
    throw new EnvironmentError(
      `the kernel cannot be silenced on ${interfaceName}: ${script}: ${reason}`,
      { errno: 'EIO', syscall: 'execve', cause },
    );
  }
}
