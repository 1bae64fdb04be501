/**
 * Reads names from files of this system, /etc/hosts and resolv.conf, again for each question. They belong to the
 * operator or to another program, so they are read like every such file: only regular files, and only up to a length.
 */
import { readRegularFileNow } from '../../platform/regular-file.ts';
import { addressesInHosts, hostsFile } from '../../uplink/dns/hosts-file.ts';
import type { AddressLiteral } from '../../uplink/address-literal.ts';
import { parseResolvConf, resolverFiles } from '../../uplink/dns/servers.ts';

/** Room for a list that blocks advertisements. */
const largestHostsFile = 8 * 1024 * 1024;
/** The system's own resolver reads three servers. */
const largestResolverFile = 64 * 1024;

/** Of a name in the hosts file. Empty when the file does not have the name, or cannot be read. */
export function lookUpInHostsFile(name: string, file = hostsFile): string[] {
  return addressesInHosts(readText(file, largestHostsFile), name);
}

/** The servers change with the network. Empty when none is known. */
export function systemDnsServers(files = resolverFiles): AddressLiteral[] {
  for (const file of files) {
    const servers = parseResolvConf(readText(file, largestResolverFile));
    if (servers.length > 0) return servers;
  }
  return [];
}

/** Missing, forbidden or unusable is as good as empty: the caller says what to do. */
function readText(file: string, maxBytes: number): string {
  try {
    const content = readRegularFileNow(file, maxBytes);
    return content.ok ? content.bytes.toString('utf8') : '';
  } catch {
    return '';
  }
}
