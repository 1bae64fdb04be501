/**
 * A WiFi access point in the card's neighbourhood: a second imitated radio (mac80211_hwsim) in a namespace "ap" of the
 * virtual machine, with hostapd, bridged to the network that QEMU provides. That network belongs to the access point
 * then: the card has no other way out than the air.
 *
 *     card                      ap
 *     wlan0  ~ ~ ~ ~ ~ ~ ~ ~  wlan1 ══ br0 ══ NIC ══ QEMU ══ uplink
 *                                       ║
 *     host                             lan     where `connectHost` lays a cable to it
 */
import { CommandFailed } from '../process.ts';
import type { SerialConsole } from './console.ts';
import type { VirtualMachine } from './virtual-machine.ts';

const root = '/mnt';
const unit = 'access-point';

export interface WirelessNetwork {
  readonly ssid: string;
  readonly security: 'open' | 'wpa2' | 'wpa3' | 'wpa2+wpa3';
  readonly password?: string;
  readonly isHidden?: boolean;
}

export class AccessPoint {
  readonly #console: SerialConsole;

  private constructor(serialConsole: SerialConsole) {
    this.#console = serialConsole;
  }

  /**
   * Gives the network that QEMU provides to the access point, plugged in, which has no radio yet. Needs the file system
   * of the host, which `PluggedHost.open` mounts.
   */
  static async open(machine: VirtualMachine): Promise<AccessPoint> {
    const { console: card } = machine;
    // The card's kernel has only the modules of the card: what else is needed comes from elsewhere.
    await card.run(`modprobe -d ${root} bridge`);
    await card.run(
      [
        'ip netns add ap',
        'nic=$(ls /sys/bus/virtio/drivers/virtio_net/virtio*/net)',
        'ip link set "$nic" netns ap',
        // It only bridges: nothing of its own on the network.
        'ip netns exec ap sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1',
        'ip -n ap link set lo up',
        'ip -n ap link add br0 type bridge',
        'ip -n ap link set "$nic" master br0 up',
        'ip -n ap link set br0 up',
      ].join(' && '),
    );
    await machine.connectUplink(true);
    return new AccessPoint(card);
  }

  /** Makes a radio for the card and one for the access point. */
  async makeRadios(): Promise<void> {
    const card = this.#console;
    await card.run(`modprobe -d ${root} -a ccm cmac gcm ctr`);
    await card.run(`modprobe -d ${root} mac80211_hwsim radios=2`);
    await card.untilRead('the radio of the card', 'ls /sys/class/net', 120, (names) =>
      /\bwlan0\b[^]*\bwlan1\b/.test(names),
    );
    await card.run('iw phy phy1 set netns name ap');
  }

  /** Lays a cable from the host to the same network: it gets out there without the card and without the radio. */
  async connectHost(): Promise<void> {
    const card = this.#console;
    await card.run(`modprobe -d ${root} veth`);
    await card.run(
      [
        'ip link add lan netns host type veth peer name lan netns ap',
        'ip -n ap link set lan master br0 up',
        'ip -n host link set lan up',
        'ip -n host address add 10.0.2.99/24 dev lan',
        'ip -n host route add default via 10.0.2.2',
      ].join(' && '),
    );
  }

  /** Transmits this network, instead of any other before it. */
  async start(network: WirelessNetwork): Promise<void> {
    await this.stop();
    const file = '/run/access-point.conf';
    const lines = hostapdLines(network).map((line) => `'${line.replaceAll("'", `'\\''`)}'`);
    await this.#console.run(`printf '%s\\n' ${lines.join(' ')} >${root}${file}`);
    await this.#console.run(
      `systemd-run --quiet --collect --unit ${unit} --setenv NETNS=ap ${root}/host-exec hostapd ${file}`,
    );
    await this.#console.untilRead(
      'the access point to transmit',
      `journalctl -b -q -o cat -u ${unit} -n 20`,
      120,
      (text) => {
        if (/AP-DISABLED|Failed|Could not/.test(lastRun(text))) {
          throw new CommandFailed(`hostapd:\n${text}`);
        }
        return lastRun(text).includes('AP-ENABLED');
      },
    );
  }

  /** Silence: as when its power is cut, stations are not notified. */
  async stop(): Promise<void> {
    await this.#console.run(
      `if systemctl -q is-active ${unit}; then systemctl kill -s KILL ${unit}; ` +
        `systemctl stop ${unit}; fi; ip -n ap link set wlan1 down`,
      { mayFail: true },
    );
  }
}

/** What hostapd said since it was started last. */
function lastRun(text: string): string {
  return text.slice(Math.max(text.lastIndexOf('Started '), 0));
}

function hostapdLines({ ssid, security, password, isHidden }: WirelessNetwork): string[] {
  const keys = {
    open: [],
    wpa2: ['WPA-PSK'],
    wpa3: ['SAE'],
    'wpa2+wpa3': ['WPA-PSK', 'SAE'],
  }[security];
  return [
    'interface=wlan1',
    'driver=nl80211',
    'bridge=br0',
    `ssid2=${Buffer.from(ssid, 'utf8').toString('hex')}`,
    'hw_mode=g',
    'channel=6',
    `ignore_broadcast_ssid=${isHidden === true ? 1 : 0}`,
    ...(keys.length === 0
      ? []
      : [
          'wpa=2',
          'rsn_pairwise=CCMP',
          `wpa_key_mgmt=${keys.join(' ')}`,
          `wpa_passphrase=${password ?? ''}`,
          `ieee80211w=${security === 'wpa2' ? 0 : security === 'wpa3' ? 2 : 1}`,
          'sae_pwe=2',
        ]),
  ];
}
