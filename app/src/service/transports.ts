/** The ways to reach servers, best first, as the configuration wants them. */
import { milliseconds } from '../core/time.ts';
import { exchange } from '../uplink/dns/exchange.ts';
import { lookUpInHostsFile } from '../uplink/dns/hosts-file.ts';
import { NameResolver } from '../uplink/dns/name-resolver.ts';
import { systemDnsServers } from '../uplink/dns/servers.ts';
import { TcpTransport } from '../uplink/tcp-transport.ts';
import type { Transport } from '../uplink/transport.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './deadline-timer.ts';

/** Everything that a name needs, DNS servers that do not answer included. */
const resolveDeadline = milliseconds(5000);

export function buildTransports(
  { remote, route }: Pick<Config, 'remote' | 'route'>,
  clock: Pick<Clock, 'now'>,
): readonly Transport[] {
  const { dnsServers } = remote;
  const mark = Math.max(0, route.fwmark);
  const names = new NameResolver({
    servers: () => (dnsServers.length > 0 ? Promise.resolve(dnsServers) : systemDnsServers()),
    knownAddresses: (name) => lookUpInHostsFile(name),
    exchange: (ask) => exchange(ask, { mark }),
    now: () => clock.now(),
    deadline: resolveDeadline,
  });
  return [new TcpTransport({ fwmark: route.fwmark, names })];
}
