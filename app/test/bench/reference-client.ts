/**
 * The clients that the benchmark compares: ours, and a reference given as a shell line (others: `peer-client.ts`). Both
 * run in the card's namespace from the same configuration file, towards our server.
 *
 * The reference line runs by `sh -c`; `%c` becomes the configuration file. Its environment:
 *   ENF_LINK       "tun" or "ethernet": what is measured
 *   ENF_CONF       the configuration file
 *   ENF_TUN        a TUN interface, made and up, MTU 1280 (tun.dev of the file); the host side of a TUN client
 *   ENF_IF         the cable's interface (link.dev of the file), for a bridge beside a TUN client
 *   ENF_HOST_MAC   MAC of the host; an interface wlan0 carries it too, for bridges that look there
 *   ENF_ADDRESS    the tunnel's address
 * All processes of the line together are measured. A pair for the cable:
 *   REF_ETHERNET='client -c %c & exec bridge -h $ENF_IF -n $ENF_TUN'
 */
import { startCard, type Link } from '../harness/card.ts';
import type { Credentials } from '../harness/credentials.ts';
import { startEnf } from '../harness/enf.ts';
import type { Namespace } from '../harness/namespace.ts';
import { logFile } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import {
  hostMac,
  tunName,
  tunnelAddress,
  usbInterface,
  type Network,
} from '../harness/topology.ts';

export interface ReferenceClient {
  /** A column of the report. */
  readonly name: string;
  /** What it connects to, until it can. */
  startServer(network: Network, credentials: Credentials): Promise<Program>;
  start(network: Network, configFile: string): Program;
}

export const ours: ReferenceClient = {
  name: 'enftun',
  startServer: ({ enf }, credentials) => startEnf(enf, credentials),
  start: ({ card }, configFile) => startCard(card, configFile),
};

export function referenceFor(link: Link): ReferenceClient | undefined {
  const line = (link === 'ethernet' ? process.env.REF_ETHERNET : undefined) ?? process.env.REF;
  if (line === undefined || line === '') return undefined;
  return {
    ...ours,
    name: 'reference',
    start: ({ card }, configFile) =>
      card.start('reference', ['sh', '-c', line.replaceAll('%c', configFile)], {
        log: logFile('reference'),
        environment: {
          ENF_LINK: link,
          ENF_CONF: configFile,
          ENF_TUN: tunName,
          ENF_IF: usbInterface,
          ENF_HOST_MAC: hostMac,
          ENF_ADDRESS: tunnelAddress,
        },
      }),
  };
}

/** What a TUN client with a bridge needs on the card, and ours does not touch. */
export async function prepareForBridge(card: Namespace): Promise<void> {
  await card.ip([
    `tuntap add dev ${tunName} mode tun`,
    `link add wlan0 address ${hostMac} type veth peer name wlan0-end`,
  ]);
  await card.settings({ [`ipv6/conf/${tunName}/disable_ipv6`]: 1 });
  await card.settings({ 'ipv6/conf/wlan0/disable_ipv6': 1 });
  await card.ip([`link set ${tunName} mtu 1280 up`, 'link set wlan0-end up', 'link set wlan0 up']);
}
