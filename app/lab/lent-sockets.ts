/**
 * A host that lends its sockets to the card, with a network of its own to the ENF:
 *
 *     host                                    enf
 *     lan 203.0.113.1, 2001:db8:3::1 ════ lan 203.0.113.2, 2001:db8:3::2
 */
import { labFolder, logFile, script } from './places.ts';
import type { Program } from './process.ts';
import type { Site } from './site.ts';
import { hostInterface, routerAddresses, tunnelPort, type Network } from './topology.ts';

/** Keys of a card that uses them. */
export const lentKeys = {
  'remote.transports': '[ "tcp", "psock" ]',
  'remote.psock_socket': `"${labFolder}/psock"`,
} as const;

/** The host reaches the ENF without the card. */
export async function layHostUplink({ host, enf }: Network): Promise<void> {
  await host.ip([`link add lan type veth peer name lan netns ${enf.name}`]);
  for (const [namespace, number] of [
    [host, 1],
    [enf, 2],
  ] as const) {
    await namespace.settings({ 'ipv6/conf/lan/accept_dad': 0, 'ipv6/conf/lan/accept_ra': 0 });
    await namespace.ip([
      `addr add 203.0.113.${number}/24 dev lan`,
      `addr add 2001:db8:3::${number}/64 dev lan`,
      'link set lan up',
    ]);
  }
  await host.ip([`route add ${routerAddresses.ipv4} via 203.0.113.2`]);
  await host.ip([`route add ${routerAddresses.ipv6} via 2001:db8:3::2`], '-6');
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
    site.network.host.start('psock', [...script('borrowed-sockets.ts'), ...words], {
      log: logFile('psock'),
    }),
  );
  await program.until('the host to lend its sockets', 20, () => /windowed/.test(program.log()));
  return program;
}
