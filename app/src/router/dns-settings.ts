/**
 * Name servers and search list for the host, cut to what fits beside everything else into one Router Advertisement
 * and one DHCPv6 reply. Hosts use three servers and, with older resolvers, 256 characters of search list.
 */
import { encodeDomainNames, type DomainName } from '../wire/domain-name.ts';

export interface DnsSettings {
  /** 16 bytes each. */
  readonly servers: readonly Uint8Array[];
  readonly search: readonly DomainName[];
  /** What was left out, in words, for the operator. */
  readonly omitted: readonly string[];
}

const maxServers = 8;
const maxSearchBytes = 256;

export function limitDns(
  servers: readonly Uint8Array[],
  search: readonly DomainName[],
): DnsSettings {
  const omitted: string[] = [];
  if (servers.length > maxServers) {
    omitted.push(
      `route.dns_servers: only the first ${maxServers} of ${servers.length} are announced`,
    );
  }
  const names: DomainName[] = [];
  for (const name of search) {
    if (encodeDomainNames([...names, name]).length > maxSearchBytes) {
      omitted.push(`route.dns_search: "${name}" does not fit and is not announced`);
    } else {
      names.push(name);
    }
  }
  return {
    servers: servers.slice(0, maxServers).map((server) => server.slice()),
    search: names,
    omitted,
  };
}
