/** The whole data path of an Ethernet link, with the real the router, between a device and a tunnel in memory. */
import assert from 'node:assert/strict';
import { FakeEthernetDevice } from 'tuntap2/fake';
import { seconds } from '../../../../src/core/time.ts';
import { Router } from '../../../../src/router/router.ts';
import { EthernetLink } from '../../../../src/link/ethernet-link.ts';
import { DataPath } from '../../../../src/daemon/packets/data-path.ts';
import { DeadlineTimer } from '../../../../src/platform/deadline-timer.ts';
import { encodeEthernet, etherType } from '../../../../src/wire/ethernet.ts';
import {
  hex,
  hostLinkLocal,
  hostMac,
  icmpv6,
  otherAddress,
  otherMac,
  ownAddress,
  ownMac,
  recorded,
  toHex,
} from '../../router/packets.ts';
import { burst, incoming, ipv4Packet, outgoing } from '../../tunnel/frames.ts';
import { vector } from '../../wire/link-vectors.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { FakeTunnel } from './fake-tunnel.ts';

const allRoutersMac = hex('333300000002');

function fromHost(
  packet: Uint8Array,
  destination = ownMac,
  type: number = etherType.ipv6,
): Uint8Array {
  return encodeEthernet({ destination, source: hostMac, etherType: type }, packet);
}

class Card {
  readonly device = new FakeEthernetDevice({ mac: ownMac });
  readonly clock = new FakeClock();
  readonly tunnel = new FakeTunnel();
  readonly signs = {
    heard: 0,
    sent: 0,
    bad: [] as number[],
    heardAtEnd: undefined as number | undefined,
  };
  readonly timer = new DeadlineTimer(this.clock);
  readonly router = new Router({
    address: ownAddress,
    mac: ownMac,
    routes: [],
    raPeriod: seconds(600),
    duid: new Uint8Array(18),
    dnsServers: [],
    dnsSearch: [],
    random: () => 0.5,
  });
  readonly path = new DataPath({
    address: ownAddress,
    allowIpv4: false,
    link: new EthernetLink(this.device),
    router: this.router,
    clock: this.clock,
    timer: this.timer,
  });

  constructor() {
    this.device.start({
      onReadable: () => this.path.readable(),
      onWritable: () => this.path.writable(),
      onError: (error) => assert.fail(error),
    });
  }

  attach(): void {
    this.path.attach(this.tunnel.stream, {
      heard: () => this.signs.heard++,
      sent: () => this.signs.sent++,
      badFrame: (length) => this.signs.bad.push(length),
      streamEnded: () => (this.signs.heardAtEnd = this.signs.heard),
    });
  }

  /** ICMPv6 type (or 0) of every frame to the host. */
  get answers(): number[] {
    return this.device.sent.map((frame) => (frame[14 + 6] === 58 ? frame[14 + 40]! : 0));
  }
}

const routerAdvertisement = 134;
const unreachable = 1;
const packetTooBig = 2;

describe('data path', () => {
  let card: Card;
  beforeEach(() => (card = new Card()));

  it('answers a solicitation with the tunnel down', () => {
    card.device.inject(fromHost(recorded.routerSolicitation, allRoutersMac));
    assert.deepEqual(card.answers, [routerAdvertisement]);
  });

  it('announces the router by itself when the cable is plugged in, three times at first', () => {
    card.path.routerPort.carrierChanged(true);
    card.clock.advance(40_000);
    const count = card.answers.filter((type) => type === routerAdvertisement).length;
    assert.equal(count, 3);
    card.path.routerPort.carrierChanged(false);
    card.clock.advance(4_000_000);
    assert.equal(card.answers.filter((type) => type === routerAdvertisement).length, count);
  });

  it('learns the host from its first data, and moves data both ways', async () => {
    card.attach();
    card.device.inject(fromHost(outgoing()));
    card.device.inject(fromHost(outgoing({ payload: new Uint8Array(100) })));
    card.tunnel.push(Buffer.from(burst(incoming())));
    await settle();
    assert.equal(
      toHex(card.tunnel.written),
      toHex(burst(outgoing(), outgoing({ payload: new Uint8Array(100) }))),
    );
    const [frame] = card.device.sent;
    assert.equal(
      toHex(frame!),
      toHex(
        encodeEthernet(
          { destination: hostMac, source: ownMac, etherType: etherType.ipv6 },
          incoming(),
        ),
      ),
    );
    assert.ok(card.signs.heard > 0 && card.signs.sent > 0);
  });

  it('notifies the host that there is no tunnel, at most ten times a second', () => {
    card.device.inject(fromHost(outgoing()));
    assert.deepEqual(card.answers, [unreachable]);
    card.device.inject(...Array.from({ length: 500 }, () => fromHost(outgoing())));
    assert.ok(card.answers.length <= 10);
    const before = card.answers.length;
    card.clock.advance(1000);
    card.device.inject(...Array.from({ length: 500 }, () => fromHost(outgoing())));
    assert.ok(card.answers.length - before <= 10);
    assert.ok(card.answers.length > before);
  });

  it('notifies the host of packets that are too big or have the wrong source, and lets neither out', async () => {
    card.attach();
    card.device.inject(fromHost(outgoing()));
    card.device.inject(fromHost(outgoing({ payload: new Uint8Array(1300) })));
    card.device.inject(fromHost(outgoing({ source: otherAddress, destination: ownAddress })));
    await settle();
    assert.deepEqual(card.answers, [packetTooBig, unreachable]);
    assert.equal(card.device.sent[1]![14 + 41], 5, 'source address failed policy');
    assert.equal(toHex(card.tunnel.written), toHex(burst(outgoing())));
  });

  it('notifies another station on the link of its own packets, and the host still of its own', async () => {
    card.attach();
    card.device.inject(fromHost(outgoing()));
    const wrong = outgoing({ source: otherAddress });
    const header = { destination: ownMac, source: otherMac, etherType: etherType.ipv6 };
    card.device.inject(...Array.from({ length: 60 }, () => encodeEthernet(header, wrong)));
    const toOther = card.device.sent.splice(0);
    assert.ok(toOther.length > 0 && toOther.length <= 10);
    for (const frame of toOther) assert.equal(toHex(frame.subarray(0, 6)), toHex(otherMac));
    card.device.inject(fromHost(wrong));
    assert.deepEqual(card.answers, [unreachable]);
    assert.equal(toHex(card.device.sent[0]!.subarray(0, 6)), toHex(hostMac));
    await settle();
  });

  it('lets nothing of the link into the tunnel', async () => {
    card.attach();
    card.device.inject(
      fromHost(recorded.routerSolicitation, allRoutersMac),
      fromHost(recorded.dhcpSolicit, hex('333300010002')),
      fromHost(
        icmpv6(hex('8f00000000000000'), {
          source: hostLinkLocal,
          destination: hex('ff020000000000000000000000000016'),
        }),
      ),
      fromHost(ipv4Packet, ownMac, etherType.ipv4),
      fromHost(new Uint8Array(28), hex('ffffffffffff'), etherType.arp),
    );
    await settle();
    assert.equal(card.tunnel.written.length, 0);
    assert.equal(card.router.counters.ipv4, 1);
    assert.equal(card.router.counters.arp, 1);
  });

  it('lets nothing of a link out of the tunnel', async () => {
    card.attach();
    card.tunnel.push(
      Buffer.from(
        burst(recorded.advertisementDefault, vector('heartbeat reply framed').subarray(2)),
      ),
    );
    await settle();
    assert.equal(card.device.sent.length, 0);
    assert.equal(card.signs.heard, 1);
    assert.equal(card.path.inboundFilter.counters.heartbeatReply, 1);
  });

  it('answers the host while the tunnel stands still', async () => {
    card.attach();
    card.device.inject(fromHost(outgoing()));
    card.tunnel.hold();
    const big = outgoing({ payload: new Uint8Array(1240) });
    card.device.inject(...Array.from({ length: 1000 }, () => fromHost(big)));
    await settle();
    assert.ok(card.device.waiting > 0, 'the device is not read');
    card.device.inject(fromHost(recorded.routerSolicitation, allRoutersMac));
    await settle();
    assert.deepEqual(card.answers, []);
    card.clock.advance(100);
    assert.deepEqual(card.answers, [routerAdvertisement]);
    card.path.close();
    assert.equal(card.clock.pending, 0);
  });

  it('sends what the router has to say before data, once the device takes packets again', async () => {
    card.attach();
    card.device.inject(fromHost(outgoing()));
    card.device.blockAfter(0);
    card.tunnel.push(Buffer.from(burst(incoming())));
    await settle();
    card.device.inject(fromHost(recorded.routerSolicitation, allRoutersMac));
    assert.deepEqual(card.answers, []);
    card.device.unblock();
    assert.deepEqual(card.answers, [routerAdvertisement, 0]);
  });

  it('reports a frame that is too long', async () => {
    card.attach();
    card.tunnel.push(Buffer.of(0xff, 0xff));
    await settle();
    assert.deepEqual(card.signs.bad, [65535]);
  });

  it('delivers what came in the same turn as the end, before that', async () => {
    card.attach();
    card.tunnel.push(burst(incoming()));
    card.tunnel.push(null);
    await settle();
    assert.equal(card.signs.heardAtEnd, 1);
  });

  it('serves the next tunnel like the first', async () => {
    card.attach();
    card.path.detach();
    card.device.inject(fromHost(outgoing()));
    assert.deepEqual(card.answers, [unreachable]);
    const next = new FakeTunnel();
    card.path.attach(next.stream, {
      heard: () => undefined,
      sent: () => undefined,
      badFrame: () => undefined,
      streamEnded: () => undefined,
    });
    card.device.inject(fromHost(outgoing()));
    await settle();
    assert.equal(toHex(next.written), toHex(burst(outgoing())));
    assert.equal(card.tunnel.written.length, 0);
  });
});
