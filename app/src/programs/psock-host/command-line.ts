/** The words after `psock-host`. */
import { parseArgs } from 'node:util';
import type { TranslationPrefix } from './embedded-ipv4.ts';
import { parseRule, parseTranslationPrefix, type Rule } from './policy.ts';

export interface RunRequest {
  readonly command: 'run';
  readonly rules: readonly Rule[];
  readonly translationPrefixes: readonly TranslationPrefix[];
  readonly maxSockets: number;
  readonly isJson: boolean;
  /** Serve this device, bus and address, and end with it; for the program's own use. */
  readonly device: { readonly bus: number; readonly address: number } | undefined;
}

export type HostRequest =
  | RunRequest
  | { readonly command: 'help' }
  | { readonly command: 'wrong'; readonly problem: string };

const defaultMaxSockets = 32;

export function parseCommandLine(argv: readonly string[]): HostRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        allow: { type: 'string', multiple: true, default: [] },
        nat64: { type: 'string', multiple: true, default: [] },
        'max-sockets': { type: 'string', default: String(defaultMaxSockets) },
        json: { type: 'boolean', default: false },
        device: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    // parseArgs throws only for what it was given.
    return wrong(error instanceof Error ? error.message.split('. ')[0]! : String(error));
  }
  if (values.help) return { command: 'help' };
  const rules: Rule[] = [];
  for (const text of values.allow) {
    const rule = parseRule(text);
    if (rule === undefined) return wrong(`--allow is ADDRESS[/LENGTH][:PORT], not "${text}"`);
    rules.push(rule);
  }
  const translationPrefixes: TranslationPrefix[] = [];
  for (const text of values.nat64) {
    const prefix = parseTranslationPrefix(text);
    if (prefix === undefined) {
      return wrong(`--nat64 is an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits, not "${text}"`);
    }
    translationPrefixes.push(prefix);
  }
  const maxSockets = Number(values['max-sockets']);
  if (!Number.isInteger(maxSockets) || maxSockets < 1 || maxSockets > 1024) {
    return wrong(`--max-sockets is a number of 1..1024, not "${values['max-sockets']}"`);
  }
  const place = /^(\d{1,3}):(\d{1,3})$/.exec(values.device ?? '');
  if (values.device !== undefined && place === null) {
    return wrong(`--device is BUS:ADDRESS, not "${values.device}"`);
  }
  const device = place ? { bus: Number(place[1]), address: Number(place[2]) } : undefined;
  return { command: 'run', rules, translationPrefixes, maxSockets, isJson: values.json, device };
}

function wrong(problem: string): HostRequest {
  return { command: 'wrong', problem };
}

export const usage = `Usage: psock-host [--allow ADDRESS[/LENGTH][:PORT]]... [--nat64 PREFIX/LENGTH]...
                  [--max-sockets N] [--json]

Lends this machine's TCP sockets to the router cards at its USB ports, so that a
card without a network of its own reaches the ENF. Runs until it is stopped; cards
may be plugged and unplugged at any time.

A card may connect to the ports 443 and 444 of public addresses, and nowhere
else: not to loopback, link-local, private or multicast addresses, nor to this
machine itself. Nothing is ever sent through the card's own network interface.

      --allow RULE      also allow this address or network, at this port or at
                        every port; IPv6 with a port: [2001:db8::/32]:8443
      --nat64 PREFIX    this network reaches IPv4 by this prefix too, besides
                        64:ff9b::/96: check the IPv4 address behind it
      --max-sockets N   connections per card at a time (default ${defaultMaxSockets})
      --json            print events as JSON, one per line
      --device BUS:ADDR serve this device only, and end when it is unplugged
  -h, --help            print this text

Needs access to the card's USB device: see 60-psock-host.rules and
psock-host.service.

Exit status:
  0  stopped by a signal, or the device named by --device was unplugged
  1  the device named by --device cannot be served
  2  mistake on the command line

Example:
  psock-host --allow 192.0.2.10:443
`;
