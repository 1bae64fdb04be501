/**
 * UPLINK: how the card of `make run` reaches the ENF.
 *
 * | both  | by the sockets of its host, which is wired to a home network; then by WiFi, which that network has later |
 * | psock | by the sockets of its host, which has the network that QEMU provides |
 * | wifi  | by the air: an access point has that network, and the card nothing but its radio |
 * | wire  | by that network, plugged into the card |
 */
import { AccessPoint } from './access-point.ts';
import type { CardSite } from './card-site.ts';

export const uplinks = ['both', 'psock', 'wifi', 'wire'] as const;
export type Uplink = (typeof uplinks)[number];

export const homeNetwork = {
  ssid: 'Home',
  password: 'correct horse',
  security: 'wpa2+wpa3',
} as const;

/** Puts an access point into the neighbourhood of a card without any cable. `PluggedHost` must be there. */
export async function openAccessPoint(site: CardSite): Promise<AccessPoint> {
  const accessPoint = await AccessPoint.open(site.machine);
  await transmit(accessPoint);
  return accessPoint;
}

/** Gives the card a radio, and an access point one that transmits the network of this home. */
export async function transmit(accessPoint: AccessPoint): Promise<void> {
  await accessPoint.makeRadios();
  await accessPoint.start(homeNetwork);
}

/** Wires the host to a home network that has no WiFi yet. */
export async function wireHost(site: CardSite): Promise<AccessPoint> {
  const accessPoint = await AccessPoint.open(site.machine);
  await accessPoint.connectHost();
  return accessPoint;
}

/** Adds that network to the card, by the command that a person would use, and waits for the connection. */
export async function joinWifi({ console: card }: CardSite): Promise<string> {
  const { ssid, password } = homeNetwork;
  await card.run(`echo '${password}' | enftun wifi add '${ssid}'`, { deadlineSeconds: 60 });
  // Asking `enftun wifi` all the while would take the time of the one processor.
  await card.untilRead('the radio', 'cat /sys/class/net/wlan0/operstate', 120, (text) =>
    text.startsWith('up'),
  );
  const status = await card.untilRead('the connection', 'enftun wifi status', 120, (text) =>
    text.startsWith('wlan0: connected') ? text : undefined,
  );
  return status.split('\n', 1)[0] ?? '';
}

/** Gives the network that QEMU provides to the host, plugged in. */
export async function giveNetworkToHost({ machine, console: card }: CardSite): Promise<void> {
  await card.run(
    'nic=$(ls /sys/bus/virtio/drivers/virtio_net/virtio*/net) && ip link set "$nic" netns host && ' +
      'ip -n host link set "$nic" up && ip -n host address add 10.0.2.15/24 dev "$nic" && ' +
      'ip -n host route add default via 10.0.2.2',
  );
  await machine.connectUplink(true);
}
