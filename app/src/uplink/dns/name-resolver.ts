/**
 * Addresses of server names: /etc/hosts comes first, then DNS. A and AAAA are asked at the
 * same time, each of the servers in turn; answers are kept for as long as they say. Everything within one deadline.
 *
 * Left out: search lists (names are whole), and the other sources of the system's resolver (nsswitch.conf).
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TuntapError } from 'tuntap2';
import { EnvironmentError } from '../../core/errors.ts';
import { after, milliseconds, seconds, type Duration, type Instant } from '../../core/time.ts';
import type { AddressLiteral } from '../address-literal.ts';
import type { Exchange } from './exchange.ts';
import type { AddressType, Answer, Question } from './message.ts';

export interface NameResolverOptions {
  /** Asked again for each name: they change with the network. */
  readonly servers: () => readonly AddressLiteral[];
  /** Addresses that need no server. */
  readonly knownAddresses: (name: string) => readonly string[];
  readonly exchange: (ask: Exchange) => Promise<Answer>;
  /** The monotonic clock. */
  readonly now: () => Instant;
  /** Both, unless said otherwise. */
  readonly types?: readonly AddressType[];
  /** For one name, everything included. */
  readonly deadline?: Duration;
  /** For one question to one server. */
  readonly patience?: Duration;
}

interface Found {
  readonly addresses: readonly string[];
  readonly ttl: Duration;
}

interface CacheEntry {
  readonly addresses: readonly string[];
  readonly expires: Instant;
}

const bothTypes: readonly AddressType[] = ['AAAA', 'A'];
/** How long the second type may take after the first has brought addresses (compare RFC 8305 section 3). */
const secondTypeGrace = milliseconds(250);
/** A configuration names a handful; this bounds the memory all the same. */
const maxCached = 64;

export class NameResolver {
  readonly #options: NameResolverOptions;
  readonly #cache = new Map<string, CacheEntry>();
  /** Counts the networks so far: an answer from an earlier one must not be kept. */
  #network = 0;

  constructor(options: NameResolverOptions) {
    this.#options = options;
  }

  /** At least one address. Rejects with an EnvironmentError that names the host, and with the signal's reason. */
  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    const known = this.#options.knownAddresses(name);
    if (known.length > 0) return known;
    const cached = this.#cache.get(name);
    if (cached !== undefined && this.#options.now() < cached.expires) return cached.addresses;
    const network = this.#network;
    const found = await this.#query(name, signal);
    signal.throwIfAborted();
    if (network === this.#network) this.#keep(name, found);
    return found.addresses;
  }

  /** No answer counts any longer, including those to questions that are under way: the network is another one. */
  clear(): void {
    this.#network++;
    const expires = this.#options.now();
    for (const [name, { addresses }] of this.#cache) this.#cache.set(name, { addresses, expires });
  }

  /** What DNS said last, however long ago, for who cannot ask; empty when it never did. */
  lastKnown(name: string): readonly string[] {
    return this.#cache.get(name)?.addresses ?? [];
  }

  #keep(name: string, { addresses, ttl }: Found): void {
    this.#cache.delete(name);
    if (this.#cache.size >= maxCached) this.#cache.clear();
    this.#cache.set(name, { addresses, expires: after(this.#options.now(), ttl) });
  }

  async #query(name: string, signal: AbortSignal): Promise<Found> {
    const { servers, deadline = seconds(5) } = this.#options;
    const all = servers();
    if (all.length === 0) {
      const problem = 'there is no DNS server other than this machine itself; name one in';
      throw failure(name, `${problem} remote.dns_servers`, 'ENODATA');
    }
    const done = new AbortController();
    const expired = AbortSignal.timeout(deadline);
    const whole = AbortSignal.any([signal, expired, done.signal]);
    try {
      return await this.#allTypes(name, all, whole);
    } catch (error) {
      signal.throwIfAborted();
      if (!expired.aborted) throw error;
      const asked = `no answer from DNS within ${deadline / 1000} s (asked: ${all.join(', ')})`;
      throw failure(name, asked, 'ETIMEDOUT', error);
    } finally {
      done.abort();
    }
  }

  async #allTypes(
    name: string,
    servers: readonly AddressLiteral[],
    signal: AbortSignal,
  ): Promise<Found> {
    const { types = bothTypes } = this.#options;
    const settled: (Found | Error)[] = [];
    const questions = types.map(async (type, position) => {
      try {
        settled[position] = await this.#ask(name, type, servers, signal);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        settled[position] = error;
      }
    });
    const hasAddresses = Promise.any(
      questions.map(async (question, position) => {
        await question;
        const result = settled[position];
        if (result instanceof Error || result === undefined || result.addresses.length === 0) {
          throw new EnvironmentError('none', { errno: 'ENODATA', syscall: 'DNS' });
        }
        await sleep(secondTypeGrace, undefined, { signal }).catch(() => undefined);
      }),
    ).catch(() => undefined);
    await Promise.race([Promise.all(questions), hasAddresses]);
    return merge(
      name,
      settled.filter((result) => result !== undefined),
    );
  }

  /** Each server in turn, twice, until one answers. */
  async #ask(
    name: string,
    type: AddressType,
    servers: readonly AddressLiteral[],
    signal: AbortSignal,
  ): Promise<Found> {
    let problem: Error | undefined;
    for (const server of [...servers, ...servers]) {
      signal.throwIfAborted();
      try {
        const question: Question = { id: randomInt(0x10000), name, type };
        const answer = await this.#askServer(server, question, signal);
        if (answer.kind === 'addresses') return answer;
        if (answer.kind === 'no such name') {
          throw new NoSuchName(`${name}: DNS has no such name; correct remote.hosts`, {
            errno: 'ENOTFOUND',
            syscall: 'DNS',
          });
        }
        problem = failure(name, `DNS server ${server} fails (${reasonOf(answer)})`, 'EREMOTEIO');
      } catch (error) {
        if (error instanceof NoSuchName) throw error;
        if (!(error instanceof EnvironmentError || error instanceof TuntapError)) throw error;
        problem = failure(name, error.message, error.errno, error);
      }
    }
    throw problem ?? failure(name, 'no DNS server was asked', 'ENODATA');
  }

  async #askServer(
    server: AddressLiteral,
    question: Question,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { exchange, patience = milliseconds(1500) } = this.#options;
    const ask = { server, question, signal, deadline: patience };
    const answer = await exchange({ ...ask, protocol: 'udp' });
    return answer.kind === 'truncated' ? exchange({ ...ask, protocol: 'tcp' }) : answer;
  }
}

/** Certain, unlike the silence of one server: no other needs to be asked. */
class NoSuchName extends EnvironmentError {}

function merge(name: string, results: readonly (Found | Error)[]): Found {
  const found = results.filter((result): result is Found => !(result instanceof Error));
  const addresses = found.flatMap((part) => part.addresses);
  if (addresses.length > 0) {
    const useful = found.filter((part) => part.addresses.length > 0);
    return { addresses, ttl: milliseconds(Math.min(...useful.map(({ ttl }) => ttl))) };
  }
  const error = results.find((result): result is Error => result instanceof Error);
  throw error ?? failure(name, 'DNS has this name, but no address for it', 'ENODATA');
}

function reasonOf(answer: Answer): string {
  return answer.kind === 'failed' ? answer.reason : answer.kind;
}

function failure(name: string, problem: string, errno: string, cause?: unknown): EnvironmentError {
  const advice = 'check DNS, or put an address into remote.hosts';
  return new EnvironmentError(`${name}: ${problem}; ${advice}`, { errno, syscall: 'DNS', cause });
}
