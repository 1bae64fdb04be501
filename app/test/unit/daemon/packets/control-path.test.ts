import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ControlPath } from '../../../../src/daemon/packets/control-path.ts';
import { OutboundSorter } from '../../../../src/daemon/packets/outbound-sorter.ts';
import { concatBytes } from '../../../../src/wire/bytes.ts';
import { encodeEthernet, etherType } from '../../../../src/wire/ethernet.ts';
import { isUnicastMac } from '../../../../src/wire/mac-address.ts';
import {
  hex,
  hostMac,
  otherMac,
  ownAddress,
  ownMac,
  recorded,
  toHex,
} from '../../router/packets.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { anyPacket, burst, ipv4Packet, outgoing, packetsOf } from '../../tunnel/frames.ts';

const groupMac = hex('333300000001');

function fromHost(
  packet: Uint8Array,
  header: { destination?: Uint8Array; type?: number; source?: Uint8Array } = {},
): Uint8Array {
  const { destination = ownMac, type = etherType.ipv6, source = hostMac } = header;
  return encodeEthernet({ destination, source, etherType: type }, packet);
}

function setUp(frames: Uint8Array[]): {
  path: ControlPath;
  log: {
    control: string[];
    macs: string[];
    learned: string[];
    types: number[];
    forwarded: string[];
  };
} {
  const log = {
    control: [] as string[],
    macs: [] as string[],
    learned: [] as string[],
    types: [] as number[],
    forwarded: [] as string[],
  };
  const sorter = new OutboundSorter({
    address: ownAddress,
    allowIpv4: false,
    routerPort: {
      receive: (packet, mac) => {
        log.control.push(toHex(packet));
        log.macs.push(toHex(mac!));
      },
      wrongSource: () => undefined,
      tooBig: () => undefined,
      learnFromData: (mac) => log.learned.push(toHex(mac)),
    },
  });
  const queue = burst(...frames);
  const path = new ControlPath({
    link: {
      mac: ownMac,
      readControl: (buf, offset) => {
        buf.set(queue, offset);
        return queue.length;
      },
    },
    sorter,
    clock: new FakeClock(),
    routerPort: {
      acceptsFrom: isUnicastMac,
      ignoreFrame: (type) => log.types.push(type),
    },
    forward: (run) => log.forwarded.push(...packetsOf(run, 0, run.length).map(toHex)),
  });
  path.readable();
  return { path, log };
}

describe('control path', () => {
  it('shows the routerPort what is for the router, with the MAC it came from', () => {
    const { log } = setUp([
      fromHost(recorded.routerSolicitation, { destination: groupMac }),
      fromHost(recorded.dhcpSolicit, { destination: groupMac, source: otherMac }),
    ]);
    assert.deepEqual(log.control, [recorded.routerSolicitation, recorded.dhcpSolicit].map(toHex));
    assert.deepEqual(log.macs, [hostMac, otherMac].map(toHex));
    assert.deepEqual(log.learned, []);
    assert.deepEqual(log.forwarded, []);
  });

  it('forwards the data of a host that is not known yet, and learns from it', () => {
    const packet = outgoing();
    const { log } = setUp([fromHost(packet)]);
    assert.deepEqual(log.forwarded, [toHex(packet)]);
    assert.deepEqual(log.learned, [toHex(hostMac)]);
  });

  it('neither forwards nor learns from what the filter refuses', () => {
    const { log } = setUp([fromHost(outgoing({ source: hex('20010db8'.padEnd(32, '0')) }))]);
    assert.deepEqual(log.forwarded, []);
    assert.deepEqual(log.learned, []);
  });

  it('takes nothing from a frame whose sender is not a station', () => {
    for (const source of ['333300000001', 'ffffffffffff', '000000000000'].map(hex)) {
      const { log } = setUp([
        fromHost(outgoing(), { source }),
        fromHost(recorded.routerSolicitation, { source, destination: groupMac }),
      ]);
      assert.deepEqual([log.forwarded, log.control, log.learned], [[], [], []]);
    }
  });

  it('cuts the padding of short frames off', () => {
    const packet = outgoing({ payload: new Uint8Array(2) });
    const { log } = setUp([fromHost(concatBytes([packet, new Uint8Array(4).fill(0xee)]))]);
    assert.deepEqual(log.forwarded, [toHex(packet)]);
  });

  it('only counts other protocols', () => {
    const { log } = setUp([
      fromHost(ipv4Packet, { type: etherType.ipv4 }),
      fromHost(new Uint8Array(28), { type: etherType.arp, destination: hex('ffffffffffff') }),
    ]);
    assert.deepEqual(log.types, [etherType.ipv4, etherType.arp]);
    assert.deepEqual(log.macs, []);
  });

  it('ignores frames for other stations, and frames cut short', () => {
    const { path, log } = setUp([
      fromHost(outgoing(), { destination: otherMac }),
      fromHost(outgoing()).subarray(0, 13),
      fromHost(outgoing()),
    ]);
    assert.equal(path.counters.ignored, 2);
    assert.equal(log.forwarded.length, 1, 'and goes on behind them');
    const { packets, bytes } = path.counters;
    assert.deepEqual([packets, bytes], [3, 2 * outgoing().length], 'all came from the link');
  });

  it('treats any frame without throwing, and forwards nothing but our data', () => {
    const anyFrame = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      anyPacket.map((packet) => fromHost(packet)),
      fc.tuple(anyPacket, fc.nat(60)).map(([packet, cut]) => fromHost(packet).subarray(0, cut)),
    );
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 10 }), (frames) => {
        for (const packet of setUp(frames).log.forwarded) {
          assert.equal(packet.slice(16, 48), toHex(ownAddress));
        }
      }),
    );
  });
});
