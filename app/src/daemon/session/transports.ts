/** The ways to reach servers, best first, as the configuration wants them. */
import { milliseconds, type Clock } from '../../core/time.ts';
import { exchange } from '../../uplink/dns/exchange.ts';
import { NameResolver } from '../../uplink/dns/name-resolver.ts';
import { HssTransport } from '../../uplink/hss-transport.ts';
import { hasWay, Nat64 } from '../../uplink/nat64.ts';
import { PsockTransport } from '../../uplink/psock-transport.ts';
import { TcpTransport } from '../../uplink/tcp-transport.ts';
import type { Transport } from '../../uplink/transport.ts';
import type { Config } from '../../config/config.ts';
import { transportNames, type TransportName } from '../../config/key-kinds.ts';
import { lookUpInHostsFile, systemDnsServers } from './system-names.ts';

/** Everything that a name needs, DNS servers that do not answer included. */
const resolveDeadline = milliseconds(5000);

export function buildTransports(
  { remote, route }: Pick<Config, 'remote' | 'route'>,
  clock: Clock,
  random: () => number,
): readonly Transport[] {
  // These are defaults, not set by the operator: where they do not exist, nothing is wrong.
  const isOptional = remote.transports === undefined;
  const mark = Math.max(0, route.fwmark);
  const ownNames = ownNetworkNames(remote, mark, clock);
  const names = {
    servers: remote.dnsServers,
    knownAddresses: (name: string) => lookUpInHostsFile(name),
    lastKnown: ownNames.lastKnown.bind(ownNames),
    now: () => clock.now(),
  };
  return (remote.transports ?? transportNames).map((name) => build(name));

  function build(name: TransportName): Transport {
    switch (name) {
      case 'tcp':
        return new TcpTransport({
          mark,
          names: ownNames,
          nat64: ownNetworkNat64(mark, clock),
        });
      case 'psock':
        return new PsockTransport({ socket: remote.psockSocket, names, isOptional, clock, random });
      case 'hss':
        return new HssTransport({ family: remote.hssFamily, names, isOptional });
    }
  }
}

/** Calls back with the name of a transport on the events of `Transport.watch`. Returns the way to stop. */
export function watchTransports(
  transports: readonly Transport[],
  onUsable: (name: string) => void,
  onMoved: (name: string) => void,
): () => void {
  const stops = transports.map((transport) =>
    transport.watch?.(
      () => onUsable(transport.name),
      () => onMoved(transport.name),
    ),
  );
  return () => stops.forEach((stop) => stop?.());
}

function ownNetworkNames(
  { dnsServers }: Config['remote'],
  mark: number,
  clock: Pick<Clock, 'now'>,
): NameResolver {
  return new NameResolver({
    servers: () => (dnsServers.length > 0 ? dnsServers : systemDnsServers()),
    knownAddresses: (name) => lookUpInHostsFile(name),
    exchange: (ask) => exchange(ask, { mark }),
    now: () => clock.now(),
    deadline: resolveDeadline,
  });
}

/** A translator is the network's own, and only the network's own name servers have its prefix (RFC 7050 section 3). */
function ownNetworkNat64(mark: number, clock: Pick<Clock, 'now'>): Nat64 {
  const names = new NameResolver({
    servers: () => systemDnsServers(),
    knownAddresses: () => [],
    exchange: (ask) => exchange(ask, { mark }),
    now: () => clock.now(),
    types: ['AAAA'],
    deadline: resolveDeadline,
  });
  return new Nat64({ names, hasWay: (address) => hasWay(address, mark) });
}
