/**
 * By which interface a connection for a card leaves this machine: never by the card itself, whose router advertisement
 * may well be the best route there is. Asks iproute2, which every Linux has.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';

const run = promisify(execFile);
const timeoutMs = 3000;

/** What `ip` answers to these words: its JSON, or undefined when it failed. */
export type AskIp = (words: readonly string[]) => Promise<unknown>;

interface Route {
  readonly dst?: unknown;
  readonly dev?: unknown;
  readonly metric?: unknown;
}

/** The interface, or undefined when there is no way but the card. */
export async function routeAround(
  address: string,
  cardInterfaces: readonly string[],
  ask: AskIp = askIp,
): Promise<string | undefined> {
  const isCard = (device: string): boolean => cardInterfaces.includes(device);
  const best = deviceOf(await ask(['route', 'get', address]));
  if (best !== undefined && !isCard(best)) return best;
  // Every other interface with a route that covers the address, in the order of their metrics. Looked up here, because
  // the kernel takes any IPv4 address for a neighbour when it is told the interface.
  const family = address.includes(':') ? '-6' : '-4';
  const routes = await ask([family, 'route', 'show', 'table', 'all', 'type', 'unicast']);
  const candidates = (Array.isArray(routes) ? (routes as Route[]) : [])
    .filter(({ dst }) => covers(dst, address))
    .sort((a, b) => metricOf(a) - metricOf(b))
    .map(({ dev }) => dev)
    .filter((dev): dev is string => typeof dev === 'string' && dev !== 'lo' && !isCard(dev));
  for (const device of new Set(candidates)) {
    const found = deviceOf(await ask(['route', 'get', address, 'oif', device]));
    if (found === device) return device;
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

function deviceOf(answer: unknown): string | undefined {
  const [route] = Array.isArray(answer) ? (answer as Route[]) : [];
  return typeof route?.dev === 'string' ? route.dev : undefined;
}

function metricOf({ metric }: Route): number {
  return typeof metric === 'number' ? metric : 0;
}

async function askIp(words: readonly string[]): Promise<unknown> {
  try {
    const { stdout } = await run('ip', ['-json', ...words], { timeout: timeoutMs });
    return stdout.trim() === '' ? [] : (JSON.parse(stdout) as unknown);
  } catch {
    return undefined;
  }
}
