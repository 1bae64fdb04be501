/**
 * How a connection for a card leaves this machine: never by the card itself, whose router advertisement may well be the
 * best route there is, nor from the address that the card has given it, which the kernel may find the best to leave any
 * interface from (RFC 6724, rules 2 and 3). Asks iproute2, which every Linux has.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { CardError } from './errors.ts';

const run = promisify(execFile);
const timeoutMs = 3000;

/** What `ip` answers to these words: its JSON, or undefined when the kernel refused. */
export type AskIp = (words: readonly string[]) => Promise<unknown>;

interface Route {
  readonly dst?: unknown;
  readonly dev?: unknown;
  readonly metric?: unknown;
  readonly prefsrc?: unknown;
}

interface Link {
  readonly addr_info?: unknown;
}

interface Address {
  readonly family?: unknown;
  readonly local?: unknown;
  readonly scope?: unknown;
  readonly tentative?: unknown;
  readonly deprecated?: unknown;
}

export interface Way {
  readonly device: string;
  /** Where the kernel's own choice would be wrong. */
  readonly source: string | undefined;
}

/** Undefined when there is no way but the card. Rejects with a CardError when nobody can tell. */
export async function routeAround(
  address: string,
  cardInterfaces: readonly string[],
  ask: AskIp = askIp,
): Promise<Way | undefined> {
  const isCard = (device: string): boolean => cardInterfaces.includes(device);
  const [answer, ...ofCards] = await Promise.all([
    ask(['route', 'get', address]),
    ...cardInterfaces.map((name) => addressesOf(name, address, ask)),
  ]);
  const cardAddresses = ofCards.flat();
  /** Undefined when the interface has nothing to leave from. */
  const wayBy = async (device: string, { prefsrc }: Route): Promise<Way | undefined> => {
    if (!cardAddresses.includes(String(prefsrc))) return { device, source: undefined };
    const [source] = await addressesOf(device, address, ask);
    return source === undefined ? undefined : { device, source };
  };
  const [best] = routesOf(answer);
  if (typeof best?.dev === 'string' && !isCard(best.dev)) {
    const way = await wayBy(best.dev, best);
    if (way !== undefined) return way;
  }
  // Every other interface with a route that covers the address, in the order of their metrics. Looked up here, because
  // the kernel takes any IPv4 address for a neighbour when it is told the interface.
  const family = address.includes(':') ? '-6' : '-4';
  const routes = await ask([family, 'route', 'show', 'table', 'all', 'type', 'unicast']);
  const candidates = routesOf(routes)
    .filter(({ dst }) => covers(dst, address))
    .sort((a, b) => metricOf(a) - metricOf(b))
    .map(({ dev }) => dev)
    .filter((dev): dev is string => typeof dev === 'string' && dev !== 'lo' && !isCard(dev));
  for (const device of new Set(candidates)) {
    const [found] = routesOf(await ask(['route', 'get', address, 'oif', device]));
    const way = found?.dev === device ? await wayBy(device, found) : undefined;
    if (way !== undefined) return way;
  }
  return undefined;
}

function covers(destination: unknown, address: string): boolean {
  if (destination === 'default') return true;
  if (typeof destination !== 'string') return false;
  const [network = '', length] = destination.split('/');
  if (!ipaddr.isValid(network)) return false;
  const place = ipaddr.parse(network);
  const target = ipaddr.parse(address);
  if (place.kind() !== target.kind()) return false;
  return target.match(
    place,
    length === undefined ? target.toByteArray().length * 8 : Number(length),
  );
}

function routesOf(answer: unknown): Route[] {
  return Array.isArray(answer) ? (answer as Route[]) : [];
}

/** Of the interface, as literals of the same family as `target`, those to begin connections from first. */
async function addressesOf(name: string, target: string, ask: AskIp): Promise<string[]> {
  const answer = await ask(['address', 'show', 'dev', name]);
  const links = Array.isArray(answer) ? (answer as Link[]) : [];
  const family = target.includes(':') ? 'inet6' : 'inet';
  return links
    .flatMap(({ addr_info: info }) => (Array.isArray(info) ? (info as Address[]) : []))
    .filter((one) => one.family === family && one.scope !== 'link' && one.tentative !== true)
    .sort((a, b) => Number(a.deprecated === true) - Number(b.deprecated === true))
    .map(({ local }) => local)
    .filter((local): local is string => typeof local === 'string');
}

function metricOf({ metric }: Route): number {
  return typeof metric === 'number' ? metric : 0;
}

async function askIp(words: readonly string[]): Promise<unknown> {
  try {
    const { stdout } = await run('ip', ['-json', ...words], { timeout: timeoutMs });
    return stdout.trim() === '' ? [] : (JSON.parse(stdout) as unknown);
  } catch (error) {
    // What execFile rejects with. The kernel's refusals come with words of `ip`.
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    if (typeof code === 'number' && stderr !== '') return undefined;
    const advice = 'install iproute2, or look for a sandbox that hinders it';
    throw new CardError('FAILED', `ip(8) cannot be run (${message.trim()}); ${advice}`, {
      cause: error,
    });
  }
}
