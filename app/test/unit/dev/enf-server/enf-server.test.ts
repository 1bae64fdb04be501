import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { FakeDevice } from 'tuntap2/fake';
import { selfSignClient } from '../../../../src/dev/pki/authority.ts';
import { registryEntry } from '../../../../src/dev/enf-server/admission.ts';
import { hex } from '../../wire/hex.ts';
import { vector } from '../../wire/link-vectors.ts';
import {
  addressOne,
  addressTwo,
  authority,
  clientCredential,
  datagram,
  elsewhere,
  Enf,
  eventually,
  ping,
  trustAuthority,
} from './enf-fixture.ts';
import type { EnfOptions } from './enf-fixture.ts';

/** For tests in which nothing may be lost, on however busy a machine. */
const patient = { patienceMs: 60_000 };

describe('router', () => {
  // Most take milliseconds; some move megabytes, perhaps on a busy machine.
  const open: Enf[] = [];
  async function start(options: EnfOptions = {}): Promise<Enf> {
    const enf = await Enf.start(options);
    open.push(enf);
    return enf;
  }
  afterEach(() => {
    for (const enf of open.splice(0)) enf.stop();
  });

  it('answers the heartbeat byte for byte', async () => {
    const client = await (await start()).join(addressOne);
    client.socket.write(vector('heartbeat request framed'));
    await client.received(1);
    assert.equal(hex(Buffer.concat(client.chunks)), hex(vector('heartbeat reply framed')));
  });

  it('answers a heartbeat that arrives one byte per record', async () => {
    const client = await (await start()).join(addressOne);
    for (const byte of vector('heartbeat request framed')) {
      await new Promise((sent) => client.socket.write(Uint8Array.of(byte), sent));
    }
    const [reply] = await client.received(1);
    assert.equal(hex(reply!), hex(vector('heartbeat reply framed').subarray(2)));
  });

  it('lets the built-in network answer pings and return datagrams', async () => {
    const client = await (await start()).join(addressOne);
    client.send(ping(addressOne, elsewhere), datagram(addressOne, elsewhere, 1280));
    const [reply, returned] = await client.received(2);
    assert.equal(reply![40], 129);
    assert.equal(hex(reply!.subarray(8, 24)), hex(ping(elsewhere, addressOne).subarray(8, 24)));
    assert.equal(returned!.length, 1280);
  });

  it('takes packets from one client to another, in order', async () => {
    const enf = await start();
    const one = await enf.join(addressOne);
    const two = await enf.join(addressTwo);
    const packets = Array.from({ length: 300 }, (_, i) =>
      datagram(addressOne, addressTwo, 1280, i),
    );
    one.send(...packets);
    const received = await two.received(packets.length);
    assert.deepEqual(received.map(hex), packets.map(hex));
    assert.equal(enf.router.status().packets.clientToClient, packets.length);
  });

  it('drops what a client may not send, and passes what stands between', async () => {
    const enf = await start();
    const one = await enf.join(addressOne);
    const two = await enf.join(addressTwo);
    const good = datagram(addressOne, addressTwo);
    const truncated = good.slice(0, 90);
    one.send(
      datagram('fd00:8f80:1::1235', addressTwo),
      good,
      truncated,
      new Uint8Array(0),
      ping(addressOne, 'ff02::1'),
      ping(addressOne, 'fe80::2'),
      datagram(addressOne, '::1'),
      Uint8Array.of(0x45, 0, 0, 4),
      good,
      ping(addressTwo, 'fe80::1'),
    );
    await one.settle(addressOne);
    await two.settle(addressTwo);
    assert.deepEqual(two.packets.slice(0, 2).map(hex), [hex(good), hex(good)]);
    assert.equal(two.packets.length, 3);
    const { packets } = enf.router.status();
    assert.deepEqual(packets, {
      clientToClient: 2,
      clientToBeyond: 0,
      beyondToClient: 0,
      heartbeats: 2,
      empty: 1,
      spoofed: 2,
      malformed: 1,
      ipv4: 1,
      unroutable: 3,
      tooLong: 0,
      misbehaved: 0,
    });
  });

  it('ends the session that sends a frame which is too long', async () => {
    const enf = await start();
    const client = await enf.join(addressOne);
    client.socket.write(Uint8Array.of(0x05, 0xdd));
    await eventually('the end', () => client.ending !== 'none');
    assert.match(enf.log.at(-1)!, /fd00:8f80:1::1234.*more than 1500 bytes/);
    assert.deepEqual(enf.router.status().clients, []);
  });

  it('replaces the session of a client that comes again', async () => {
    const enf = await start();
    const older = await enf.join(addressOne);
    const newer = await enf.join(addressOne);
    await eventually('the end of the older one', () => older.ending !== 'none');
    assert.equal(enf.router.status().clients.length, 1);
    const other = await enf.join(addressTwo);
    other.send(datagram(addressTwo, addressOne));
    await newer.received(1);
    assert.equal(older.packets.length, 0);
  });

  it('forgets a client that left', async () => {
    const enf = await start();
    const client = await enf.join(addressOne);
    assert.equal(enf.router.status().clients.length, 1);
    client.socket.end();
    await eventually('no client', () => enf.router.status().clients.length === 0);
  });

  it('keeps serving others while one client does not read', async () => {
    const enf = await start();
    const lazy = await enf.join(addressOne);
    const busy = await enf.join(addressTwo);
    lazy.socket.pause();
    const burst = Array.from({ length: 800 }, () => datagram(addressTwo, addressOne, 1280));
    // More than socket buffers and queue hold together.
    for (let i = 0; i < 20; i++) {
      busy.send(...burst);
      await busy.settle(addressTwo);
    }
    const [stuck] = enf.router.status().clients.filter(({ address }) => address === addressOne);
    assert.ok(stuck!.dropped > 0, 'nothing was dropped');
    assert.ok(stuck!.queuedBytes <= 512 * 1024, `${stuck!.queuedBytes} bytes are queued`);
    lazy.socket.resume();
    const sent = burst.length * 20;
    await eventually('the rest', () => lazy.packets.length === sent - stuck!.dropped);
  });

  it('loses nothing to a client that reads, however fast it asks', async () => {
    const client = await (await start(patient)).join(addressOne);
    const burst = Array.from({ length: 500 }, () => datagram(addressOne, elsewhere, 1280));
    for (let i = 0; i < 20; i++) client.send(...burst);
    await client.received(20 * burst.length);
  });

  describe('admission', () => {
    /** What the client sees is a handshake that works and then an orderly end before the first byte. */
    async function assertRefused(enf: Enf, client: Awaited<ReturnType<Enf['dial']>>, why: RegExp) {
      await eventually('the end', () => client.ending !== 'none');
      assert.equal(client.ending, 'orderly');
      assert.equal(client.chunks.length, 0);
      assert.match(enf.log.find((line) => line.includes('[client-refused]')) ?? 'not refused', why);
      assert.equal(enf.router.status().refused, 1);
      assert.deepEqual(enf.router.status().clients, []);
    }

    it('refuses a stranger after the handshake', async () => {
      const enf = await start();
      const client = await enf.dial(selfSignClient(addressOne));
      await assertRefused(enf, client, /neither registered nor signed/);
    });

    it('refuses a client without certificate', async () => {
      const enf = await start();
      await assertRefused(enf, await enf.dial(undefined), /sent no certificate/);
    });

    it('refuses a certificate that names no address', async () => {
      const enf = await start();
      const client = await enf.dial(authority.issueServer({ name: 'somebody' }));
      await assertRefused(enf, client, /commonName "somebody" is neither/);
    });

    it('refuses a certificate that ended', async () => {
      const enf = await start();
      const validity = { notAfter: new Date('2020-01-01') };
      const client = await enf.dial(authority.issueClient(addressOne, { validity }));
      await assertRefused(enf, client, /expired on 2020-01-01/);
    });

    it('admits a registered key, and only for its own address', async () => {
      const registered = selfSignClient(addressOne);
      const registry = new Map([registryEntry(new X509Certificate(registered.cert))]);
      const enf = await start({ rules: { ...trustAuthority, authorities: [], registry } });
      const client = await enf.dial(registered);
      await client.settle(addressOne);
      const stranger = await enf.dial(selfSignClient(addressTwo));
      await eventually('the end', () => stranger.ending !== 'none');
      assert.deepEqual(
        enf.router.status().clients.map((each) => each.address),
        [addressOne],
      );
    });

    it('admits every client with an address on request', async () => {
      const enf = await start({ rules: { ...trustAuthority, anyClient: true } });
      const client = await enf.dial(selfSignClient(addressTwo, { nameFormat: 'colons' }));
      await client.settle(addressTwo);
    });

    it('speaks no TLS before 1.2', async () => {
      const enf = await start();
      const old = {
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'ALL@SECLEVEL=0',
      } as const;
      await assert.rejects(enf.dial({ ...clientCredential(addressOne), ...old }));
    });
  });

  describe('with a TUN', () => {
    it('carries packets both ways', async () => {
      const tun = new FakeDevice({ name: 'enf0' });
      const enf = await start({ beyond: tun });
      const client = await enf.join(addressOne);
      const up = Array.from({ length: 100 }, (_, i) => datagram(addressOne, elsewhere, 1280, i));
      client.send(...up);
      await eventually('packets at the TUN', () => tun.sent.length === up.length);
      assert.deepEqual(tun.sent.map(hex), up.map(hex));

      const down = Array.from({ length: 100 }, (_, i) => datagram(elsewhere, addressOne, 1280, i));
      tun.inject(...down);
      assert.deepEqual((await client.received(down.length)).map(hex), down.map(hex));
    });

    it('sends a burst from the TUN in one write', async () => {
      const tun = new FakeDevice();
      const enf = await start({ beyond: tun });
      const client = await enf.join(addressOne);
      const down = Array.from({ length: 60 }, () => datagram(elsewhere, addressOne, 200));
      tun.inject(...down);
      await client.received(down.length);
      assert.equal(client.chunks.length, 1);
    });

    it('counts packets without an owner, and those that no client could take', async () => {
      const tun = new FakeDevice();
      const enf = await start({ beyond: tun });
      const client = await enf.join(addressOne);
      tun.inject(
        datagram(elsewhere, addressTwo),
        datagram(elsewhere, addressOne, 1497),
        datagram(elsewhere, addressOne, 1496),
      );
      const [longest] = await client.received(1);
      assert.equal(longest!.length, 1496);
      const { packets } = enf.router.status();
      assert.equal(packets.unroutable, 1);
      assert.equal(packets.tooLong, 1);
    });

    it('keeps what the TUN does not take yet', async () => {
      const tun = new FakeDevice();
      const client = await (await start({ beyond: tun })).join(addressOne);
      tun.blockAfter(10);
      const up = Array.from({ length: 150 }, (_, i) => datagram(addressOne, elsewhere, 1280, i));
      client.send(...up);
      await client.settle(addressOne);
      assert.equal(tun.sent.length, 10);
      tun.unblock();
      assert.deepEqual(tun.sent.map(hex), up.map(hex));
    });

    it('holds the clients back while the TUN takes nothing', async () => {
      const tun = new FakeDevice();
      const enf = await start({ beyond: tun, ...patient });
      const client = await enf.join(addressOne);
      tun.blockAfter(0);
      // Twice what the queue could hold.
      const up = Array.from({ length: 800 }, (_, i) => datagram(addressOne, elsewhere, 1280, i));
      client.send(...up);
      await eventually('a full queue', () => enf.router.status().tun!.queuedBytes >= 256 * 1024);
      tun.unblock();
      await eventually('all packets', () => tun.sent.length === up.length);
      assert.equal(enf.router.status().tun!.dropped, 0);
    });

    it('does not wait without end for the TUN', async () => {
      const tun = new FakeDevice();
      const enf = await start({ beyond: tun, patienceMs: 1 });
      const client = await enf.join(addressOne);
      tun.blockAfter(0);
      client.send(...Array.from({ length: 800 }, () => datagram(addressOne, elsewhere, 1280)));
      await client.settle(addressOne);
      const { dropped, queuedBytes } = enf.router.status().tun!;
      assert.equal(dropped + Math.round(queuedBytes / 1282), 800);
      assert.ok(queuedBytes <= 512 * 1024);
    });

    it('stops reading the TUN while the client is behind, then loses nothing', async () => {
      const tun = new FakeDevice();
      const enf = await start({ beyond: tun, ...patient });
      const client = await enf.join(addressOne);
      const down = Array.from({ length: 6000 }, () => datagram(elsewhere, addressOne, 1280));
      tun.inject(...down);
      await eventually('some packets', () => client.packets.length > 0);
      await client.received(down.length);
      assert.equal(enf.router.status().clients[0]!.dropped, 0);
    });

    it('reports that the TUN was removed', async () => {
      const tun = new FakeDevice();
      const failures: Error[] = [];
      await start({ beyond: tun, onDeviceError: (error) => failures.push(error) });
      tun.fail();
      assert.equal(failures.length, 1);
    });
  });

  it('names the listening address that is taken', async () => {
    const enf = await start();
    const [taken] = enf.router.status().listening;
    const port = Number(taken!.split(':').at(-1));
    const other = await Enf.start();
    open.push(other);
    await assert.rejects(
      other.router.listen({ host: '127.0.0.1', port }),
      /another program listens/,
    );
  });

  it('survives a client that speaks no TLS', async () => {
    const enf = await start();
    const [listening] = enf.router.status().listening;
    const socket = connect(Number(listening!.split(':').at(-1)), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.0\r\n\r\n');
    await eventually('a line in the log', () =>
      enf.log.some((line) => line.includes('[client-handshake-failed]')),
    );
    socket.destroy();
    await (await enf.join(addressOne)).settle(addressOne);
  });
});
