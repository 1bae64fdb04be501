/** The fair queue in front of real devices: what it saves from the kernel's small one, and how floods are thinned. */
import assert from 'node:assert/strict';
import { openEthernet, openTun, type EthernetDevice } from '../../src/index.ts';
import { burst, udp6, unburst } from '../packets.ts';
import { until } from '../device-contract.ts';
import { bringUpPair, ip, removeLink, silence } from './network.ts';

const payload = new Uint8Array(1200);
const flood = udp6({ payload, ports: [1000, 2000] });
const sparse = udp6({ payload, ports: [1000, 2001] });
const buf = Buffer.alloc(512 * 1024);

const isSparse = (packet: Uint8Array): boolean => Buffer.from(sparse).equals(packet);

describe('a fair queue on an Ethernet interface', () => {
  let card: EthernetDevice;
  let host: EthernetDevice;

  function open(dataBufferBytes: number): void {
    ip('link', 'add', 'card0', 'type', 'veth', 'peer', 'name', 'host0');
    silence('card0');
    silence('host0');
    bringUpPair('card0', 'host0');
    card = openEthernet({ name: 'card0', fairQueue: true, dataBufferBytes });
    host = openEthernet({ name: 'host0', sendBufferBytes: 4 << 20 });
    card.setPeer(host.mac);
    host.setPeer(card.mac);
  }
  afterEach(() => {
    card.close();
    host.close();
    removeLink('card0');
  });

  const send = (count: number, packet = flood): void => {
    const frames = burst(...Array.from({ length: count }, () => packet));
    assert.equal(host.writeBatch(frames, 0, frames.length), frames.length);
  };
  /** What one read brings. */
  const read = (): Uint8Array[] => unburst(buf.subarray(0, card.readBatch(buf, 0)));
  const readAll = (): Uint8Array[] => {
    const packets: Uint8Array[] = [];
    for (let some = read(); some.length > 0; some = read()) packets.push(...some);
    return packets;
  };

  it('keeps what the kernel has no room for while nothing is read', () => {
    open(32 * 1024);
    for (let i = 0; i < 40; i++) {
      send(10);
      assert.equal(card.gather(buf, 0), 0);
    }
    assert.equal(readAll().length, 400);
    assert.equal(card.counters.kernelDropped, 0);
  });

  it('counts what the kernel had no room for', () => {
    open(32 * 1024);
    send(400);
    const { length } = readAll();
    card.gather(buf, 0);
    assert.ok(length < 400);
    assert.equal(card.counters.kernelDropped, 400 - length);
  });

  it('has the kernel refuse a flood, and nothing of another flow', async () => {
    open(4 << 20);
    let got = 0;
    let sent = 0;
    const turn = (): void => {
      // No more than one read gathers: nothing is lost in the kernel but what its filter refuses.
      send(100);
      send(1, sparse);
      sent++;
      got += read().filter(isSparse).length;
    };
    await until('a refusal by the filter', () => {
      turn();
      return card.counters.kernelDropped > 0;
    });
    const { queueDropped } = card.counters;
    assert.ok(queueDropped > 0);
    for (let i = 0; i < 20; i++) turn();
    got += readAll().filter(isSparse).length;
    assert.equal(got, sent);

    await until('the flood to be forgotten', () => {
      readAll();
      send(1);
      return readAll().length === 1;
    });
  });
});

describe('a fair queue on a TUN', () => {
  it('hands out what stays on the link while nothing else is read', async () => {
    const tun = openTun({ name: 'tunfair0', fairQueue: true });
    try {
      ip('link', 'set', tun.name, 'up');
      const local: Uint8Array[] = [];
      // The kernel reports its groups and asks for routers on a new interface.
      await until('packets of the kernel for the link', () => {
        local.push(...unburst(buf.subarray(0, tun.gather(buf, 0))));
        return local.length > 0;
      });
      assert.ok(local.every((packet) => packet[24] === 0xff));
    } finally {
      tun.close();
    }
  });
});
