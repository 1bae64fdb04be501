/** An Ethernet interface through its packet socket: what is seen, and how the interface comes and goes. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { openEthernet, TuntapDeviceError, type EthernetDevice } from '../../src/index.ts';
import { aWhile, hex, Recorder, until } from '../device-contract.ts';
import { burst, ethernet, udp6, unburst, upperChecksum4 } from '../packets.ts';
import { bringUpPair, ip, removeLink, run, silence } from './network.ts';
import { Child, script } from './process.ts';

const allNodes = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

describe('an Ethernet interface', () => {
  let card: EthernetDevice;
  let host: EthernetDevice;
  let cardSees: Recorder;
  let hostSees: Recorder;

  beforeEach(() => {
    ip('link', 'add', 'card0', 'type', 'veth', 'peer', 'name', 'host0');
    silence('card0');
    silence('host0');
    bringUpPair('card0', 'host0');
    card = openEthernet({ name: 'card0' });
    host = openEthernet({ name: 'host0' });
    cardSees = new Recorder(card);
    hostSees = new Recorder(host);
    cardSees.start();
    hostSees.start();
  });
  afterEach(() => {
    card.close();
    host.close();
    removeLink('card0');
  });

  it('has its name, index and address', () => {
    const line = ip('-o', 'link', 'show', 'card0');
    assert.equal(card.name, 'card0');
    assert.ok(line.startsWith(`${card.index}: `));
    assert.ok(line.replaceAll(':', '').includes(hex(card.mac)));
  });

  it('receives multicast although the kernel speaks no IPv6 there', async () => {
    const frame = ethernet(allNodes, host.mac, 0x86dd, udp6({ destination: 'ff02::1' }));
    host.sendFrame(frame);
    await until('the frame', () => cardSees.control.length === 1);
    assert.equal(hex(cardSees.control[0] ?? allNodes), hex(frame));
  });

  it('sees neither what it sends, nor what the kernel or another socket sends there', async () => {
    const other = openEthernet({ name: 'card0' });
    try {
      const frame = ethernet(allNodes, card.mac, 0x88b5, new Uint8Array(50));
      card.sendFrame(frame);
      other.sendFrame(frame);
      // Among what the kernel has to say on a new interface, which comes late on a busy machine.
      const isOurs = (seen: Uint8Array) => Buffer.from(frame).equals(seen);
      await until('both at the other end', () => hostSees.control.filter(isOurs).length === 2);
      assert.deepEqual(cardSees.control, []);
    } finally {
      other.close();
    }
  });

  it('keeps what the known host says apart from what others say, however much that is', async () => {
    const other = Uint8Array.of(2, 0, 0, 0, 0, 9);
    const say = (source: Uint8Array, text: number) =>
      host.sendFrame(ethernet(allNodes, source, 0x88b5, new Uint8Array(1400).fill(text)));
    card.setKnown(host.mac);
    // Nothing is read in this turn: the socket of the others is full long before the last.
    for (let i = 0; i < 20_000; i++) say(other, 1);
    assert.ok(say(host.mac, 2));
    const said = (text: number) => cardSees.control.filter((frame) => frame.at(-1) === text).length;
    await until('the frame of the known host', () => said(2) === 1);
    await aWhile();
    assert.ok(said(1) > 0 && said(1) < 20_000, `${said(1)} of the others`);

    card.setKnown(undefined);
    say(other, 3);
    say(host.mac, 4);
    await until('both in one queue again', () => said(3) === 1 && said(4) === 1);
    assert.equal(said(2), 1);
  });

  it('loses no frame when another host becomes the known one', async () => {
    const other = Uint8Array.of(2, 0, 0, 0, 0, 9);
    const count = 60;
    for (let i = 0; i < count; i++) {
      const source = i % 3 === 0 ? other : host.mac;
      host.sendFrame(ethernet(allNodes, source, 0x88b5, new Uint8Array(50).fill(i + 1)));
      assert.equal(card.setKnown([host.mac, other, undefined][i % 3]), true);
    }
    const seen = () =>
      new Set(cardSees.control.map((frame) => frame.at(-1)).filter((n) => n !== 0));
    await until('all frames', () => seen().size >= count);
  });

  it('sees no VLAN-tagged frames, and counts them', async () => {
    const before = card.counters.readMalformed;
    const tag = Uint8Array.of(0, 5, 0x88, 0xb5);
    for (const type of [0x8100, 0x88a8]) {
      host.sendFrame(
        ethernet(allNodes, host.mac, type, Buffer.concat([tag, new Uint8Array(50).fill(1)])),
      );
    }
    host.sendFrame(ethernet(allNodes, host.mac, 0x88b5, new Uint8Array(50).fill(2)));
    await until('the untagged frame', () => cardSees.control.length > 0);
    await aWhile();
    assert.equal(cardSees.control.length, 1);
    assert.equal(cardSees.control[0]?.at(-1), 2);
    assert.equal(card.counters.readMalformed - before, 2);
  });

  it('is not shown frames for other stations', async () => {
    host.sendFrame(ethernet(Uint8Array.of(2, 9, 9, 9, 9, 9), host.mac, 0x88b5, new Uint8Array(50)));
    host.sendFrame(ethernet(card.mac, host.mac, 0x88b5, new Uint8Array(50).fill(2)));
    await until('the frame for us', () => cardSees.control.length > 0);
    assert.equal(cardSees.control.length, 1);
    assert.equal(cardSees.control[0]?.at(-1), 2);
  });

  it('sees frames that a firewall drops for the kernel', async () => {
    run('nft', 'add table netdev quiet');
    run(
      'nft',
      'add chain netdev quiet in { type filter hook ingress device card0 priority 0; policy drop; }',
    );
    try {
      host.sendFrame(ethernet(card.mac, host.mac, 0x0800, new Uint8Array(50)));
      await until('the frame', () => cardSees.control.length === 1);
    } finally {
      run('nft', 'delete table netdev quiet');
    }
  });

  /** The kernel leaves the checksum of a UDP packet on a virtual link to the other end. */
  it('completes partial checksums', async () => {
    ip('addr', 'add', '10.0.0.1/24', 'dev', 'host0');
    ip('neigh', 'add', '10.0.0.2', 'lladdr', '02:00:00:00:00:09', 'dev', 'host0');
    const mac = hex(card.mac).replace(/(..)(?!$)/g, '$1:');
    ip('neigh', 'replace', '10.0.0.2', 'lladdr', mac, 'dev', 'host0', 'nud', 'permanent');
    const socket = createSocket('udp4');
    socket.send('some text of odd length', 9, '10.0.0.2');
    const isUdp = (frame: Uint8Array): boolean => frame[23] === 17;
    await until('the packet', () => cardSees.control.some(isUdp));
    socket.close();
    const packet = cardSees.control.find(isUdp)?.subarray(14) ?? new Uint8Array();
    assert.equal(upperChecksum4(packet.subarray(0, 28 + 23)), 0);
    assert.ok(Buffer.from(packet).includes('some text of odd length'));
  });

  it('goes on after the interface was down', async () => {
    const frame = ethernet(allNodes, host.mac, 0x88b5, new Uint8Array(50));
    const own = burst(udp6({}));
    ip('link', 'set', 'card0', 'down');
    await aWhile();
    assert.equal(card.writeBatch(own, 0, own.length), own.length);
    assert.equal(card.counters.writeRefused, 1);
    ip('link', 'set', 'card0', 'up');
    await until('a frame after that', () => {
      host.sendFrame(frame);
      return cardSees.control.length > 0;
    });
    card.writeBatch(own, 0, own.length);
    await until('one the other way', () => hostSees.control.length > 0);
    assert.deepEqual(cardSees.errors, []);
    assert.deepEqual(hostSees.errors, []);
  });

  it('can be opened while the interface is down', async () => {
    ip('link', 'set', 'card0', 'down');
    const early = openEthernet({ name: 'card0' });
    const sees = new Recorder(early);
    try {
      sees.start();
      await aWhile();
      ip('link', 'set', 'card0', 'up');
      await until('a frame', () => {
        host.sendFrame(ethernet(allNodes, host.mac, 0x88b5, new Uint8Array(50)));
        return sees.control.length > 0;
      });
      assert.deepEqual(sees.errors, []);
    } finally {
      early.close();
    }
  });

  for (const [when, prepare] of [
    ['while it is up', () => Promise.resolve()],
    [
      'while it is down',
      async () => {
        ip('link', 'set', 'card0', 'down');
        await aWhile();
        assert.deepEqual(cardSees.errors, []);
      },
    ],
  ] as const) {
    it(`reports its deletion once, ${when}`, async () => {
      await prepare();
      removeLink('card0');
      await until('both errors', () => cardSees.errors.length + hostSees.errors.length >= 2);
      await aWhile();
      assert.equal(cardSees.errors.length, 1);
      const [error] = cardSees.errors;
      assert.ok(error instanceof TuntapDeviceError);
      assert.equal(error.errno, 'ENODEV');
      const frames = burst(udp6({}));
      assert.equal(card.writeBatch(frames, 0, frames.length), frames.length);
      assert.equal(card.sendFrame(ethernet(allNodes, card.mac, 0x86dd, udp6({}))), true);
    });
  }

  it('reports its deletion when a write notices it first', async () => {
    card.pause();
    removeLink('card0');
    const frames = burst(udp6({}));
    assert.equal(card.writeBatch(frames, 0, frames.length), frames.length);
    await until('the error', () => cardSees.errors.length === 1);
  });

  it('while data is held back, control frames come at once, and none is lost behind the data', async () => {
    card.setPeer(host.mac);
    const data = ethernet(card.mac, host.mac, 0x86dd, udp6({ payload: new Uint8Array(1200) }));
    const question = ethernet(allNodes, host.mac, 0x86dd, udp6({ destination: 'ff02::1' }));
    const control: Uint8Array[] = [];
    const buf = new Uint8Array(64 * 1024);
    cardSees.onReadable = () => control.push(...unburst(buf.subarray(0, card.readControl(buf, 0))));
    card.pause();
    for (let round = 1; round <= 3; round++) {
      // More than the kernel keeps for a socket.
      for (let i = 0; i < 1000; i++) host.sendFrame(data);
      host.sendFrame(question);
      await until(`question ${round}`, () => control.length === round);
    }
    assert.deepEqual(control.map(hex), [question, question, question].map(hex));
    assert.equal(card.counters.readPackets, 0);
    cardSees.onReadable = () => cardSees.drain();
    card.resume();
    await until('data', () => cardSees.packets.length > 0);
  });

  it('stops at EAGAIN and goes on when there is room again', async () => {
    run(
      'tc',
      'qdisc',
      'add',
      'dev',
      'card0',
      'root',
      'tbf',
      ...'rate 4mbit burst 3kb limit 1mb'.split(' '),
    );
    const slow = openEthernet({ name: 'card0', sendBufferBytes: 8192 });
    const sees = new Recorder(slow);
    sees.start();
    try {
      const packet = udp6({ payload: new Uint8Array(1000) });
      const frames = burst(...Array.from({ length: 40 }, () => packet));
      let position = slow.writeBatch(frames, 0, frames.length);
      assert.ok(position < frames.length, 'nothing held the writer back');
      assert.equal(position % (2 + packet.length), 0);
      for (let calls = 0; position < frames.length; calls++) {
        await until('onWritable', () => sees.writableCalls > calls);
        assert.equal(sees.writableCalls, calls + 1);
        position += slow.writeBatch(frames, position, frames.length);
      }
      await until('all packets', () => hostSees.control.length === 40);
      assert.equal(slow.counters.writeRefused, 0);
    } finally {
      slow.close();
    }
  });

  it('counts a packet that is too long for the link as refused', async () => {
    const frames = burst(udp6({ payload: new Uint8Array(1600) }), udp6({}));
    assert.equal(card.writeBatch(frames, 0, frames.length), frames.length);
    await until('the other packet', () => hostSees.control.length === 1);
    assert.equal(card.counters.writeRefused, 1);
    assert.equal(card.counters.writtenPackets, 1);
  });

  it('says what is missing: the interface, its kind, CAP_NET_RAW', async () => {
    const refused = (name: string, errno: string, hint: RegExp): void =>
      assert.throws(
        () => openEthernet({ name }),
        (error: unknown) => {
          assert.ok(error instanceof TuntapDeviceError);
          assert.equal(error.errno, errno);
          assert.match(error.message, hint);
          return true;
        },
      );
    refused('none0', 'ENODEV', /no interface is named none0/);
    refused('lo', 'EMEDIUMTYPE', /not an Ethernet interface/);
    refused('sixteen-bytes-xx', 'ENAMETOOLONG', /15 bytes/);
    const [command = '', ...words] = [
      ...['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'],
      ...script('open-device.ts', 'ethernet', 'card0'),
    ];
    const { output } = await new Child(command, words).finished;
    const error = JSON.parse(output) as Record<string, string>;
    assert.equal(error.className, 'TuntapPermissionError');
    assert.match(error.hint ?? '', /CAP_NET_RAW/);
  });
});
