/** What `device.ts` promises of an Ethernet device beyond a packet device. The rig moves whole frames. */
import assert from 'node:assert/strict';
import type { EthernetDevice } from '../src/index.ts';
import { hex, Recorder, until, type Rig } from './device-contract.ts';
import { burst, ethernet, udp6 } from './packets.ts';

export const peer = Uint8Array.of(0x02, 0xaa, 0, 0, 0, 9);
const stranger = Uint8Array.of(0x02, 0xbb, 0, 0, 0, 9);
const allNodes = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);
const broadcast = new Uint8Array(6).fill(0xff);
const ipv6Type = 0x86dd;
/** Data frames arrive in order, so this one shows that those before it were dealt with. */
const marker = udp6({ payload: Buffer.from('marker') });

export function itClassifiesFrames(
  makeRig: () => Rig<EthernetDevice> | Promise<Rig<EthernetDevice>>,
): void {
  let rig: Rig<EthernetDevice>;
  let recorder: Recorder;
  beforeEach(async () => {
    rig = await makeRig();
    recorder = new Recorder(rig.device);
    rig.device.setPeer(peer);
    recorder.start();
  });
  afterEach(() => rig.close());

  async function receive(...frames: Uint8Array[]): Promise<void> {
    rig.inject(...frames, ethernet(rig.device.mac, peer, ipv6Type, marker));
    await until('the marker', () => recorder.packets.some((p) => hex(p) === hex(marker)));
  }

  const toControl: [string, (mac: Uint8Array) => Uint8Array][] = [
    ['from another MAC', (mac) => ethernet(mac, stranger, ipv6Type, udp6({}))],
    ['multicast MAC', () => ethernet(allNodes, peer, ipv6Type, udp6({}))],
    ['multicast address', (mac) => ethernet(mac, peer, ipv6Type, udp6({ destination: 'ff02::1' }))],
    ['link-local', (mac) => ethernet(mac, peer, ipv6Type, udp6({ destination: 'fe80::1' }))],
    [
      'febf::, still link-local',
      (mac) => ethernet(mac, peer, ipv6Type, udp6({ destination: 'febf::1' })),
    ],
    ['IPv4', (mac) => ethernet(mac, peer, 0x0800, new Uint8Array(46))],
    ['ARP', () => ethernet(broadcast, peer, 0x0806, new Uint8Array(46))],
    ['too short for IPv6', (mac) => ethernet(mac, peer, ipv6Type, new Uint8Array(20))],
    ['IPv6 type, version 4', (mac) => ethernet(mac, peer, ipv6Type, new Uint8Array(60).fill(0x45))],
  ];
  for (const [what, make] of toControl) {
    it(`sets aside: ${what}`, async () => {
      const frame = make(rig.device.mac);
      await receive(frame);
      await until('the frame', () => recorder.control.length > 0);
      assert.deepEqual(recorder.control.map(hex), [hex(frame)]);
      assert.equal(recorder.packets.length, 1);
    });
  }

  it('passes unicast packets of the peer, without their Ethernet header', async () => {
    const packet = udp6({ destination: 'fec0::1' });
    await receive(ethernet(rig.device.mac, peer, ipv6Type, packet));
    assert.deepEqual(recorder.packets.map(hex), [hex(packet), hex(marker)]);
    assert.deepEqual(recorder.control, []);
  });

  it('cuts the padding off a short frame', async () => {
    const packet = udp6({ payload: new Uint8Array(0) });
    const padded = ethernet(
      rig.device.mac,
      peer,
      ipv6Type,
      Buffer.concat([packet, Buffer.alloc(9)]),
    );
    await receive(padded);
    assert.deepEqual(recorder.packets.map(hex), [hex(packet), hex(marker)]);
  });

  it('counts a packet that is longer than its frame as malformed', async () => {
    const cut = udp6({ payload: new Uint8Array(100) }).slice(0, 120);
    await receive(ethernet(rig.device.mac, peer, ipv6Type, cut));
    assert.equal(rig.device.counters.readMalformed, 1);
    assert.equal(recorder.packets.length, 1);
    assert.deepEqual(recorder.control, []);
  });

  it('takes data for, and sends from, the MAC address that it is given', async () => {
    const { device } = rig;
    const former = device.mac;
    const mac = Uint8Array.of(0x02, 0xcc, 0, 0, 0, 7);
    device.setMac(mac);
    assert.deepEqual([...device.mac], [...mac]);
    const frames = burst(marker);
    device.writeBatch(frames, 0, frames.length);
    assert.deepEqual((await rig.sent(1)).map(hex), [hex(ethernet(peer, mac, ipv6Type, marker))]);
    rig.inject(ethernet(former, peer, ipv6Type, marker));
    await until('the frame for the former address', () => recorder.control.length === 1);
    assert.equal(recorder.packets.length, 0);
    for (const nonsense of [new Uint8Array(5), undefined as unknown as Uint8Array]) {
      assert.throws(() => device.setMac(nonsense));
    }
  });

  it('has no data before a peer is known', async () => {
    rig.device.setPeer(undefined);
    rig.inject(ethernet(rig.device.mac, peer, ipv6Type, udp6({})));
    await until('the frame', () => recorder.control.length === 1);
    assert.equal(recorder.packets.length, 0);
  });

  it('drops the newest control frames when the queue is full, and counts them', async () => {
    recorder.onReadable = (): void => {
      const buf = new Uint8Array(rig.device.minReadSpace);
      while (rig.device.readBatch(buf, 0) !== 0);
    };
    const frames = Array.from({ length: 150 }, (_, i) =>
      ethernet(allNodes, peer, ipv6Type, udp6({ payload: new Uint8Array(1200).fill(i) })),
    );
    rig.inject(...frames);
    await until('drops', () => rig.device.counters.controlDropped > 0);
    recorder.drain();
    const kept = recorder.control;
    assert.equal(kept.length + rig.device.counters.controlDropped, frames.length);
    assert.deepEqual(kept.map(hex), frames.slice(0, kept.length).map(hex));
    assert.ok(kept.length > 100);
  });

  it('sends data to the peer, multicast to its group, everything to all nodes without a peer', async () => {
    const { device } = rig;
    const unicast = udp6({});
    const group = udp6({ destination: 'ff02::1:ff12:3456' });
    const ipv4 = Buffer.alloc(28);
    ipv4[0] = 0x45;
    ipv4.writeUInt16BE(28, 2);
    ipv4.set([224, 129, 2, 3], 16);
    // One at a time: the far end need not see data and other frames in one order.
    const assertSent = async (packet: Uint8Array, frame: Uint8Array): Promise<void> => {
      const frames = burst(packet);
      assert.equal(device.writeBatch(frames, 0, frames.length), frames.length);
      assert.deepEqual((await rig.sent(1)).map(hex), [hex(frame)]);
    };
    const groupMac = Uint8Array.of(0x33, 0x33, 0xff, 0x12, 0x34, 0x56);
    const group4Mac = Uint8Array.of(0x01, 0x00, 0x5e, 0x01, 2, 3);
    await assertSent(unicast, ethernet(peer, device.mac, ipv6Type, unicast));
    await assertSent(group, ethernet(groupMac, device.mac, ipv6Type, group));
    await assertSent(ipv4, ethernet(group4Mac, device.mac, 0x0800, ipv4));
    device.setPeer(undefined);
    await assertSent(unicast, ethernet(allNodes, device.mac, ipv6Type, unicast));
    await assertSent(group, ethernet(allNodes, device.mac, ipv6Type, group));
  });

  it('sends a whole frame as it is', async () => {
    const frame = ethernet(peer, rig.device.mac, 0x88b5, new Uint8Array(50).fill(7));
    assert.equal(rig.device.sendFrame(frame), true);
    assert.deepEqual((await rig.sent(1)).map(hex), [hex(frame)]);
    assert.throws(() => rig.device.sendFrame(frame.subarray(0, 14)), RangeError);
    assert.throws(() => rig.device.setPeer(new Uint8Array(5)), RangeError);
    assert.throws(() => rig.device.readControl(new Uint8Array(2049), 0), RangeError);
  });
}
