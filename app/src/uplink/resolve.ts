/**
 * Addresses of a server. A literal is its own address; a name goes to the system's resolver, in whose order the
 * addresses stay, with a deadline. The system's resolver sends its questions without our firewall mark.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../core/errors.ts';
import { seconds, type Duration } from '../core/time.ts';

export interface ResolveOptions {
  readonly deadline?: Duration;
  readonly signal: AbortSignal;
  /** The system's resolver, or a stand-in for it. */
  readonly query?: (name: string) => Promise<string[]>;
}

/** Rejects with an EnvironmentError that names the host, and with the signal's reason when aborted. */
export async function resolveHost(host: string, options: ResolveOptions): Promise<string[]> {
  const { deadline = seconds(5), signal, query = querySystem } = options;
  signal.throwIfAborted();
  if (isIP(host) !== 0) return [host];

  const answered = new AbortController();
  try {
    // The system's resolver cannot be called off: an answer that comes too late is not looked at.
    return await Promise.race([query(host), expire(host, deadline, signal, answered.signal)]);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EnvironmentError) throw error;
    const errno = (error as NodeJS.ErrnoException).code ?? 'EAI_FAIL';
    throw new EnvironmentError(
      `${host}: the name cannot be resolved (${errno}); check DNS, or put an address into remote.hosts`,
      { errno, syscall: 'getaddrinfo', cause: error },
    );
  } finally {
    answered.abort();
  }
}

async function expire(host: string, deadline: Duration, ...signals: AbortSignal[]): Promise<never> {
  await sleep(deadline, undefined, { signal: AbortSignal.any(signals) });
  throw new EnvironmentError(
    `${host}: no answer from DNS within ${deadline / 1000} s; check DNS, or put an address into remote.hosts`,
    { errno: 'ETIMEDOUT', syscall: 'getaddrinfo' },
  );
}

async function querySystem(name: string): Promise<string[]> {
  const addresses = await lookup(name, { all: true, verbatim: true });
  return addresses.map(({ address }) => address);
}
