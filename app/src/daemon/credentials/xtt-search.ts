/** The search for a provisioning server: that of the tunnel, with a port and a memory of its own. */
import type { Clock } from '../../core/time.ts';
import type { Config } from '../../config/config.ts';
import type { AddressMemory } from '../../uplink/search/address-memory.ts';
import { RestartingSearch, type ServerSearch } from '../../uplink/search/restarting-search.ts';
import { Search } from '../../uplink/search/search.ts';
import type { Transport } from '../../uplink/transport.ts';
import type { ProvedServer, ProveServer } from './provisioner.ts';

export interface XttSearchOptions {
  readonly config: Pick<Config, 'remote' | 'identity'>;
  /** In order of preference. */
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  /** Of earlier searches. */
  readonly memory: AddressMemory;
}

export function searchXttServer(
  { config, transports, clock, memory }: XttSearchOptions,
  prove: ProveServer,
  signal: AbortSignal,
): ServerSearch<ProvedServer> {
  const { hosts } = config.remote;
  const run = (given: AbortSignal): Search<ProvedServer> =>
    new Search({
      ...{ transports, hosts, clock, memory, signal: given },
      port: config.identity.xtt.remotePort,
      secure: async (stream, { transport, target, host }, attempt) => {
        const server = `${target.address} port ${target.port} (${transport.name})`;
        const proved = await prove(stream, server, attempt);
        memory.answered(transport, host, target.address);
        const where = { host, address: target.address };
        return { ...proved, ofNoUse: () => memory.ofNoUse(transport, where, hosts) };
      },
      release: ({ handshake }) => handshake.close(),
    });
  return new RestartingSearch({ run, clock, signal });
}
