/**
 * What a host may send to its card, from the Ethernet frame on, and what an ENF may send to the host: whole paths with
 * their filters, judged by what comes out of them.
 */
import assert from 'node:assert/strict';
import type { EthernetDevice } from 'tuntap2';
import { ParseError } from '../../src/core/errors.ts';
import { seconds } from '../../src/core/time.ts';
import { Router } from '../../src/router/router.ts';
import { EthernetLink } from '../../src/link/ethernet-link.ts';
import { ControlPath } from '../../src/daemon/packets/control-path.ts';
import { DeadlineTimer, systemClock } from '../../src/platform/deadline-timer.ts';
import { OutboundSorter } from '../../src/daemon/packets/outbound-sorter.ts';
import { RouterPort } from '../../src/daemon/packets/router-port.ts';
import { InboundFilter } from '../../src/tunnel/inbound-filter.ts';
import { ethernetHeaderLength } from '../../src/wire/ethernet.ts';
import { newUpperLayer, walkExtensionHeaders } from '../../src/wire/extension-headers.ts';
import { encodeFrame, frameHeaderLength } from '../../src/wire/frame-stream.ts';
import {
  addressEquals,
  isLinkLocal,
  isMulticast,
  parseIpv6,
  routerAddress,
} from '../../src/wire/ipv6-address.ts';
import { decodeIpv6 } from '../../src/wire/ipv6.ts';
import { decodeNdPacket } from '../../src/wire/nd/nd-packet.ts';
import { decodeUdp } from '../../src/wire/udp.ts';
import { fuzzTarget } from './fuzz-target.ts';
import { repair } from './repair.ts';
import { domainNames } from '../unit/router/domain-names.ts';

const address = parseIpv6('fd00:8f80:1::1234') ?? assert.fail();
const mac = Uint8Array.of(0x02, 0x42, 0xac, 0x11, 0x00, 0x02);

function assertStation(peer: Uint8Array | undefined): void {
  assert.ok(peer === undefined || (peer.length === 6 && (peer[0]! & 1) === 0));
}

/** The card's side of the cable with nothing behind it: frames in, frames out and packets for the tunnel. */
class Card {
  readonly sent: Uint8Array[] = [];
  readonly forwarded: Uint8Array[] = [];
  #incoming: Uint8Array = new Uint8Array(0);
  readonly #control: ControlPath;

  constructor() {
    // Only what the control path and the link use of a device.
    const device = {
      mac,
      readControl: (buf: Uint8Array, offset: number) => {
        buf.set(this.#incoming, offset);
        const { length } = this.#incoming;
        this.#incoming = new Uint8Array(0);
        return length;
      },
      sendFrame: (frame: Uint8Array) => this.sent.push(frame.subarray(ethernetHeaderLength)) > 0,
      writeBatch: (buf: Uint8Array, offset: number, end: number) => {
        this.sent.push(buf.slice(offset + frameHeaderLength, end));
        return end - offset;
      },
      setPeer: assertStation,
      setKnown: (known: Uint8Array | undefined) => {
        assertStation(known);
        return true;
      },
    } as unknown as EthernetDevice;
    const router = new Router({
      address,
      formerAddresses: [parseIpv6('fd00:8f80:9::1') ?? assert.fail()],
      mac,
      routes: [{ address: new Uint8Array(16), length: 0 }],
      raPeriod: seconds(1800),
      duid: new Uint8Array(18).with(1, 4),
      dnsServers: [address],
      dnsSearch: domainNames('enf.example'),
      random: () => 0.5,
    });
    const link = new EthernetLink(device);
    const timer = new DeadlineTimer({ ...systemClock, schedule: () => () => undefined });
    const port = new RouterPort({ router, link, clock: systemClock, timer });
    this.#control = new ControlPath({
      link,
      sorter: new OutboundSorter({ address, allowIpv4: false, routerPort: port }),
      routerPort: port,
      clock: systemClock,
      forward: (frames) => this.forwarded.push(frames.slice(frameHeaderLength)),
    });
  }

  receive(frame: Uint8Array): void {
    this.sent.length = 0;
    this.forwarded.length = 0;
    this.#incoming = encodeFrame(frame);
    this.#control.readable();
  }
}

const card = new Card();

fuzzTarget('host-frames', (frame) => {
  if (frame.length <= ethernetHeaderLength) return false;
  repair(frame.subarray(ethernetHeaderLength));
  card.receive(frame);
  // Another station than the known host may also make the card ask whether that host is still there.
  const answers = card.sent.filter((packet) => !isSolicitation(packet) && !isLaterFragment(packet));
  assert.ok(answers.length <= 1, 'one question, one answer');
  assert.ok(card.sent.length <= answers.length + 2, 'one question to the host, one later fragment');
  for (const packet of card.sent) {
    // An echo is as long as its request, and a host may ignore the MTU.
    assert.ok(packet.length <= Math.max(1280, frame.length - ethernetHeaderLength));
    const { source, destination } = decodeIpv6(packet);
    assert.deepEqual(source, routerAddress);
    assert.ok(!isMulticast(destination) || addressEquals(destination, 0, allNodesOnLink));
  }
  for (const packet of card.forwarded) {
    const { source, destination } = decodeIpv6(packet);
    assert.deepEqual(source, address);
    assert.ok(!isLinkLocal(destination) && packet.length <= 1280);
  }
  return card.sent.length + card.forwarded.length > 0;
});

function isLaterFragment(packet: Uint8Array): boolean {
  return packet[6] === 44 && (packet[42]! !== 0 || packet[43]! > 7);
}

function isSolicitation(packet: Uint8Array): boolean {
  return packet[6] === 58 && packet[40] === 135;
}

const allNodesOnLink = parseIpv6('ff02::1') ?? assert.fail();
const ingress = new InboundFilter({ address, allowIpv4: false });

fuzzTarget('tunnel-packets', (packet) => {
  repair(packet);
  if (packet.length > 1496) return false;
  const burst = encodeFrame(packet);
  if (ingress.filter(burst, 0, burst.length) === 0) return false;
  assert.deepEqual(burst.subarray(frameHeaderLength), packet, 'what passes is not changed');
  const ip = decodeIpv6(packet);
  assert.deepEqual(ip.destination, address);
  assert.ok(!isLinkLocal(ip.source) && !isMulticast(ip.source));
  assert.throws(() => decodeNdPacket(packet), ParseError, 'neighbour discovery passed');
  const upper = newUpperLayer();
  assert.ok(walkExtensionHeaders(packet, 0, packet.length, upper));
  if (upper.protocol === 17 && upper.fragment === 'none') {
    const port = destinationPort(ip, packet.subarray(upper.offset));
    assert.ok(port !== 546 && port !== 547, 'DHCPv6 passed');
  }
  return true;
});

function destinationPort(
  addresses: Parameters<typeof decodeUdp>[0],
  upper: Uint8Array,
): number | undefined {
  try {
    return decodeUdp(addresses, upper).destinationPort;
  } catch (error) {
    if (error instanceof ParseError) return undefined; // the host drops it as well
    throw error;
  }
}
