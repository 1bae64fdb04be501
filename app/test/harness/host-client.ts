/**
 * Stock DHCPv6 clients on the lab's host. Each gets files of its own below /run and sees a /var/lib of its own:
 * nothing of the machine's network configuration is read or written.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { EnvironmentError } from '../../src/core/errors.ts';
import type { Namespace } from './namespace.ts';
import type { Program } from './process.ts';
import { labFolder, logFile } from './paths.ts';
import { hostInterface } from './topology.ts';

export type HostClientKind = 'dhclient' | 'dhcpcd' | 'dhcp6c' | 'networkd';
export const hostClientKinds: readonly HostClientKind[] = [
  'dhclient',
  'dhcpcd',
  'dhcp6c',
  'networkd',
];
/** Those whose clock `speed` can turn: the timers of systemd-networkd are the kernel's. */
export const hastyClientKinds = ['dhclient', 'dhcpcd', 'dhcp6c'] as const;
export type HastyClientKind = (typeof hastyClientKinds)[number];

const script = new URL('dhclient-script', import.meta.url).pathname;

interface HostClient {
  readonly config: string;
  /** Shell commands before the program, in mounts of its own; default: an empty /var/lib with these folders. */
  readonly prepare?: string;
  /** `folder` is private to the run. */
  readonly command: (folder: string) => string[];
}

/** The state folders that the clients have built in, made on an empty /var/lib of the process. */
const emptyState = 'mount -t tmpfs state /var/lib && mkdir /var/lib/dhcpcd /var/lib/dhcpv6';

const clients: Readonly<Record<HostClientKind, HostClient>> = {
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
  // Does its own router discovery too. With a /sys that cannot be written it does not wait for udev.
  networkd: {
    config: [
      `[Match]\nName=${hostInterface}`,
      '[Network]\nDHCP=ipv6\nIPv6AcceptRA=yes\nLinkLocalAddressing=ipv6',
      '[DHCPv6]\nDUIDType=link-layer\n',
    ].join('\n'),
    prepare: [
      'mount -o remount,ro /sys',
      '{ [ ! -d /etc/systemd ] || mount -t tmpfs none /etc/systemd; }',
      'mkdir -p /run/systemd && mount -t tmpfs none /run/systemd',
      'mkdir /run/systemd/network /run/systemd/netif',
      `cp ${labFolder}/networkd/config /run/systemd/network/host.network`,
      // A machine without systemd has no user for it.
      `{ getent passwd systemd-network >/dev/null || {
         cp /etc/passwd /run/systemd/passwd
         echo systemd-network:x:998:998::/:/bin/false >>/run/systemd/passwd
         mount --bind /run/systemd/passwd /etc/passwd; }; }`,
      'chown systemd-network /run/systemd/netif',
    ].join(' && '),
    command: () => [
      ...['env', 'SYSTEMD_LOG_LEVEL=debug', 'SYSTEMD_LOG_TARGET=console', 'systemd-networkd'],
    ],
  },
};

export interface HostClientOptions {
  /** How many times faster than ours the client's clock goes, so that its leases age quickly. Default 1. */
  readonly speed?: number;
}

export async function startHostClient(
  host: Namespace,
  kind: HostClientKind,
  { speed = 1 }: HostClientOptions = {},
): Promise<Program> {
  const folder = `${labFolder}/${kind}`;
  const { config, prepare = emptyState, command } = clients[kind];
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/config`, config);
  const clock = speed === 1 ? [] : fastClock(speed);
  const shell = ['unshare', '--mount', 'sh', '-c', `${prepare} && exec "$@"`, 'sh'];
  return host.start(kind, [...shell, ...clock, ...command(folder)], { log: logFile(kind) });
}

/** Forgets the lease that a client of this kind keeps in a file. */
export async function forgetLease(kind: HostClientKind): Promise<void> {
  await rm(`${labFolder}/${kind}`, { recursive: true, force: true });
}

/** Runs what follows with a clock of its own; libfaketime is unpacked or installed by setup/debian-tools.sh. */
function fastClock(speed: number): string[] {
  const roots = [`${process.env.TOOLS ?? ''}/root/usr/lib`, '/usr/lib'].filter(existsSync);
  const library = roots
    .flatMap((root) => readdirSync(root).map((triplet) => `${root}/${triplet}/faketime`))
    .map((folder) => `${folder}/libfaketime.so.1`)
    .find(existsSync);
  if (library === undefined) {
    throw new EnvironmentError('there is no libfaketime: run app/setup/debian-tools.sh', {
      errno: 'ENOENT',
      syscall: 'open',
    });
  }
  return ['env', `LD_PRELOAD=${library}`, `FAKETIME=+0 x${speed}`, 'DONT_FAKE_MONOTONIC=0'];
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
