/**
 * A host that lends its sockets to the card, with a network of its own to the ENF:
 *
 *     host                                     enf
 *     lan  203.0.113.1, 2001:db8:3::1 ════ lan  203.0.113.2, 2001:db8:3::2
 *     wlan 203.0.114.1, 2001:db8:4::1 ════ wlan 203.0.114.2, 2001:db8:4::2     only if it is laid
 */
import { labFolder, logFile, script } from './paths.ts';
import type { Program } from './process.ts';
import type { Site } from './site.ts';
import { hostInterface, routerAddresses, tunnelPort, type Network } from './topology.ts';

/** Keys of a card that uses them. */
export const lentKeys = {
  'remote.transports': '[ "tcp", "psock" ]',
  'remote.psock_socket': `"${labFolder}/psock"`,
} as const;

interface HostNetwork {
  readonly ipv4: string;
  readonly ipv6: string;
  /** Of its routes to the ENF. */
  readonly metric: number;
}

const hostNetworks = {
  lan: { ipv4: '203.0.113', ipv6: '2001:db8:3:', metric: 100 },
  wlan: { ipv4: '203.0.114', ipv6: '2001:db8:4:', metric: 600 },
} as const satisfies Record<string, HostNetwork>;

/** The host reaches the ENF without the card. */
export function layHostUplink(network: Network): Promise<void> {
  return layHostNetwork(network, 'lan');
}

/** The host has a second way to the ENF, which it prefers less than the first. */
export function laySecondHostUplink(network: Network): Promise<void> {
  return layHostNetwork(network, 'wlan');
}

/** Its routes to the ENF, as a network manager sets them: better ones than those of other networks, or worse. */
export async function routeHostBy(
  { host }: Network,
  name: keyof typeof hostNetworks,
  metric: number = hostNetworks[name].metric,
): Promise<void> {
  const { ipv4, ipv6 } = hostNetworks[name];
  await host.ip([`route replace ${routerAddresses.ipv4} via ${ipv4}.2 metric ${metric}`]);
  await host.ip([`route replace ${routerAddresses.ipv6} via ${ipv6}:2 metric ${metric}`], '-6');
}

async function layHostNetwork(network: Network, name: keyof typeof hostNetworks): Promise<void> {
  const { host, enf } = network;
  const { ipv4, ipv6 } = hostNetworks[name];
  await host.ip([`link add ${name} type veth peer name ${name} netns ${enf.name}`]);
  for (const [namespace, number] of [
    [host, 1],
    [enf, 2],
  ] as const) {
    await namespace.settings({
      [`ipv6/conf/${name}/accept_dad`]: 0,
      [`ipv6/conf/${name}/accept_ra`]: 0,
    });
    await namespace.ip([
      `addr add ${ipv4}.${number}/24 dev ${name}`,
      `addr add ${ipv6}:${number}/64 dev ${name}`,
      `link set ${name} up`,
    ]);
  }
  await routeHostBy(network, name);
}

/** psockd and psock-host at the two ends of an imitated cable; ends with the site. `ports` of the ENF are open. */
export async function lendSockets(
  site: Site,
  ports: readonly number[] = [tunnelPort],
): Promise<Program> {
  const rules = ports.flatMap((port) => [
    `${routerAddresses.ipv4}:${port}`,
    `[${routerAddresses.ipv6}]:${port}`,
  ]);
  const words = [`${labFolder}/psock`, hostInterface, ...rules];
  const program = site.with(
    site.network.host.start('psock', [...script('test/harness/borrowed-sockets.ts'), ...words], {
      log: logFile('psock'),
    }),
  );
  await program.until('the host to lend its sockets', 20, () => /windowed/.test(program.log()));
  return program;
}
