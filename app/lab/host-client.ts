/**
 * Stock DHCPv6 clients on the lab's host. Each gets files of its own below /run and sees a /var/lib of its own:
 * nothing of the machine's network configuration is read or written.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Namespace } from './namespace.ts';
import type { Program } from './process.ts';
import { labFolder, logFile } from './places.ts';
import { hostInterface } from './topology.ts';

export type HostClientKind = 'dhclient' | 'dhcpcd' | 'dhcp6c';
export const hostClientKinds: readonly HostClientKind[] = ['dhclient', 'dhcpcd', 'dhcp6c'];

const script = new URL('dhclient-script', import.meta.url).pathname;

/** Configuration and command line of each client; `folder` is private to the run. */
const clients: Readonly<
  Record<HostClientKind, { config: string; command: (folder: string) => string[] }>
> = {
  dhclient: {
    config: '',
    command: (folder) => [
      ...['dhclient', '-6', '-d', '-v', '-cf', `${folder}/config`, '-sf', script],
      ...['-lf', `${folder}/leases`, '-pf', `${folder}/pid`, hostInterface],
    ],
  },
  // Does its own router discovery: the kernel's is switched off by it.
  dhcpcd: {
    config: 'duid\nipv6only\nnodev\nscript /bin/true\nnooption domain_name_servers\n',
    command: (folder) => ['dhcpcd', '-B', '-d', '-f', `${folder}/config`, hostInterface],
  },
  dhcp6c: {
    config: `interface ${hostInterface} { send ia-na 0; };\nid-assoc na 0 { };\n`,
    command: (folder) => [
      ...['dhcp6c', '-f', '-D', '-c', `${folder}/config`, '-p', `${folder}/pid`, hostInterface],
    ],
  },
};

export async function startHostClient(host: Namespace, kind: HostClientKind): Promise<Program> {
  const folder = `${labFolder}/${kind}`;
  const { config, command } = clients[kind];
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/config`, config);
  // The state folders that these programs have built in, made on an empty /var/lib of the process.
  const private_ = `mount -t tmpfs state /var/lib && mkdir /var/lib/dhcpcd /var/lib/dhcpv6 && exec "$@"`;
  return host.start(kind, ['unshare', '--mount', 'sh', '-c', private_, 'sh', ...command(folder)], {
    log: logFile(kind),
  });
}

interface AddressEntry {
  readonly addr_info: readonly {
    readonly local?: string;
    readonly scope?: string;
    readonly tentative?: boolean;
  }[];
}

/** Usable global IPv6 addresses of the interface: duplicate address detection is over. */
export async function globalAddresses(
  host: Namespace,
  device: string = hostInterface,
): Promise<string[]> {
  const entries = await host.ipJson<AddressEntry>(`-6 address show dev ${device} scope global`);
  return entries
    .flatMap((entry) => entry.addr_info)
    .filter((address) => address.local !== undefined && address.tentative !== true)
    .map((address) => address.local ?? '');
}

export interface RouteEntry {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev: string;
  readonly protocol?: string;
  readonly expires?: number;
  readonly pref?: string;
  readonly metric?: number;
}

export async function routes(host: Namespace): Promise<RouteEntry[]> {
  return host.ipJson<RouteEntry>('-6 route show');
}

export async function defaultRoute(host: Namespace): Promise<RouteEntry | undefined> {
  return (await routes(host)).find((route) => route.dst === 'default');
}
