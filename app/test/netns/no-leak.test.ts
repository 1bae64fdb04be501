/** Between host and underlay there is only TLS: nothing else crosses the card, in either direction. */
import assert from 'node:assert/strict';
import { Capture } from '../harness/capture.ts';
import type { Site } from '../harness/site.ts';
import {
  cardAddresses,
  cardMac,
  hostInterface,
  hostMac,
  routerAddresses,
  serviceAddress,
  tunnelAddress,
} from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { until } from '../harness/until.ts';
import { parseIpv6 } from '../../src/wire/ipv6-address.ts';
import { bothLinks, siteForAll } from './site-fixture.ts';

const etherTypeArp = 0x0806;
const etherTypeIpv4 = 0x0800;
const etherTypeIpv6 = 0x86dd;

/** One line per kind of frame that is neither the tunnel's TCP nor the underlay's own address resolution. */
function strangers(frames: readonly Uint8Array[]): string[] {
  return [...new Set(frames.map(describeFrame))].filter((kind) => kind !== '');
}

function describeFrame(frame: Uint8Array): string {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const type = view.getUint16(12);
  if (type === etherTypeArp) return '';
  if (type === etherTypeIpv4) {
    const ports = 14 + (frame[14]! & 15) * 4;
    const isTunnel =
      frame[23] === 6 && [view.getUint16(ports), view.getUint16(ports + 2)].includes(443);
    return isTunnel ? '' : `IPv4 protocol ${frame[23]}`;
  }
  if (type === etherTypeIpv6) {
    const icmpType = frame[20] === 58 ? frame[54]! : -1;
    const isNeighbourDiscovery = icmpType >= 133 && icmpType <= 136;
    const isMulticastListener = frame[20] === 0;
    return isNeighbourDiscovery || isMulticastListener ? '' : `IPv6 next header ${frame[20]}`;
  }
  return `ethertype ${type.toString(16)}`;
}

function holds(frames: readonly Uint8Array[], part: Uint8Array): boolean {
  const wanted = Buffer.from(part);
  return frames.some((frame) => Buffer.from(frame).includes(wanted));
}

/** Makes the card's kernel as talkative as it can be misconfigured: only the silence on usb0 protects. */
async function makeCardForward(site: Site): Promise<void> {
  await site.network.card.settings({ 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 });
}

for (const link of bothLinks) {
  describe(`what the underlay sees, link ${link}`, () => {
    const site = siteForAll({ link }, async (opened) => {
      await opened.untilOnline();
      opened.with(await startWebServer(opened.network.enf, serviceAddress));
    });

    it('only the TLS connection, and no byte of the inner packets', async () => {
      const secret = Buffer.from('5ec4e75ec4e75ec4e75ec4e75ec4e7aa', 'hex');
      const inside = await Capture.start(site().host, site().hostDevice, 'icmp6');
      const capture = await Capture.start(site().network.card, 'wan');
      const pattern = secret.toString('hex');
      await until('an echo', 10, () => site().canPing('-p', pattern, '-s', '64'));
      await transfer(site().host, serviceAddress, 'download', 1_000_000);
      const frames = (await capture.stop()).map(({ bytes }) => bytes);
      const insideFrames = (await inside.stop()).map(({ bytes }) => bytes);
      assert.ok(holds(insideFrames, secret), 'the host did send the payload');
      const captured = frames.reduce((sum, frame) => sum + frame.length, 0);
      assert.ok(captured > 1_000_000, `captured only ${captured} bytes`);
      assert.deepEqual(strangers(frames), []);
      for (const address of [tunnelAddress, serviceAddress]) {
        assert.ok(!holds(frames, parseIpv6(address)!), `${address} is visible on the underlay`);
      }
      assert.ok(!holds(frames, secret), 'the payload is visible on the underlay');
    });

    it('every packet of the tunnel carries the firewall mark', async () => {
      const { card } = site().network;
      await card.nft(`table inet marks {
        counter marked {}
        counter unmarked {}
        chain out {
          type filter hook output priority 0;
          tcp dport 443 meta mark 363 counter name marked
          tcp dport 443 meta mark != 363 counter name unmarked drop
        }
      }`);
      await site().untilPing();
      await site().enftun.kill(); // a new connection must be marked from its first packet on
      site().restartCard();
      await site().untilPing();
      const { stdout } = await card.run(['nft', '-j', 'list', 'counters']);
      const counters = JSON.parse(stdout) as {
        nftables: { counter?: { name: string; packets: number } }[];
      };
      const packets = (name: string) =>
        counters.nftables.find(({ counter }) => counter?.name === name)?.counter?.packets;
      assert.ok((packets('marked') ?? 0) > 0);
      // The reset that the kernel sends for the killed process has no socket, hence no mark.
      assert.ok((packets('unmarked') ?? 0) <= 1, `${packets('unmarked')} unmarked`);
    });
  });
}

describe('what the host sees of the card', () => {
  const site = siteForAll({ link: 'ethernet' }, async (opened) => {
    await makeCardForward(opened);
    await opened.untilOnline();
  });

  it('no address of the card answers, none of its networks is reachable', async () => {
    const { host } = site();
    await host.ip([
      `addr add 192.0.2.77/24 dev ${hostInterface}`,
      `addr add 2001:db8:1::77/64 dev ${hostInterface} nodad`,
    ]);
    const targets = [...Object.values(cardAddresses), ...Object.values(routerAddresses)];
    for (const target of targets) {
      await host.ip([
        `neighbour replace ${target} lladdr ${cardMac} dev ${hostInterface} nud permanent`,
      ]);
    }
    const underlay = await Capture.start(site().network.enf, 'wan');
    const cable = await Capture.start(host, hostInterface, `ether src ${cardMac}`);
    for (const target of targets) {
      const ping = ['ping', '-n', '-c', '2', '-i', '0.1', '-W', '1', target];
      const { status } = await host.run(ping, { mayFail: true });
      assert.notEqual(status, 0, `${target} answers the host`);
    }
    const crossed = (await underlay.stop()).map(({ bytes }) => bytes);
    assert.deepEqual(strangers(crossed), []);
    assert.ok(!holds(crossed, parseIpv6('2001:db8:1::77')!));
    for (const { bytes } of await cable.stop()) {
      const type = Buffer.from(bytes).readUInt16BE(12);
      assert.equal(type, etherTypeIpv6, `the card sent ethertype ${type.toString(16)}`);
      const source = Buffer.from(bytes.subarray(22, 38));
      assert.ok(
        source.equals(parseIpv6('fe80::1')!) || source.equals(parseIpv6(serviceAddress)!),
        `the card sent from ${source.toString('hex')}`,
      );
    }
  });

  it('ARP and link-local traffic of the host stay on the cable', async () => {
    const { host, enf } = site().network;
    const underlay = await Capture.start(enf, 'wan');
    await host.run(['ping', '-n', '-c', '1', '-W', '1', '192.0.2.99'], { mayFail: true });
    await host.run(['ping', '-n', '-c', '2', '-W', '1', `ff02::1%${hostInterface}`], {
      mayFail: true,
    });
    const macs = (await underlay.stop()).filter(({ bytes }) =>
      Buffer.from(bytes).includes(Buffer.from(hostMac.replaceAll(':', ''), 'hex')),
    );
    assert.deepEqual(macs, []);
  });
});
