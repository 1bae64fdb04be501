/**
 * The development ENF on a real TUN: this namespace's kernel is the network behind it, clients come over loopback.
 * The programs together are tested in traffic.test.ts; here are the paths between several clients and the kernel.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { openTun } from 'tuntap2';
import type { PacketDevice } from 'tuntap2';
import { hex } from '../unit/wire/hex.ts';
import {
  address,
  addressOne,
  addressTwo,
  datagram,
  Enf,
  eventually,
  ping,
} from '../unit/dev/enf-server/enf-fixture.ts';
import type { TestClient } from '../unit/dev/enf-server/enf-fixture.ts';

const run = promisify(execFile);
const behind = 'fd00:8f80:2::1';

for (const offload of [true, false]) {
  describe(`enf-server on a TUN, offload ${offload ? 'on' : 'off'}`, () => {
    let tun: PacketDevice;
    let enf: Enf;
    const failures: Error[] = [];

    beforeEach(async () => {
      tun = openTun({ name: 'enftest0', offload });
      await run('ip', ['link', 'set', 'enftest0', 'mtu', '1280', 'up']);
      await run('ip', ['addr', 'add', `${behind}/64`, 'dev', 'enftest0', 'nodad']);
      await run('ip', ['route', 'add', 'fd00:8f80:1::/64', 'dev', 'enftest0']);
      failures.length = 0;
      enf = await Enf.start({ beyond: tun, onDeviceError: (error) => failures.push(error) });
    });
    afterEach(function () {
      if (this.currentTest?.state === 'failed') {
        console.log(JSON.stringify(enf.router.status()), enf.log.join('\n'));
      }
      enf.stop();
    });

    it('the kernel behind answers the ping of a client', async () => {
      const client = await enf.join(addressOne);
      client.send(ping(addressOne, behind));
      await eventually('the reply', () => client.packets.some((packet) => packet[40] === 129));
    });

    it('datagrams of each client reach the kernel, answers their own client', async () => {
      const socket = await bind(5000);
      const senders: string[] = [];
      socket.on('message', (_, from) => {
        senders.push(from.address);
        socket.send(`to ${from.address}`, from.port, from.address);
      });
      try {
        const clients = [await enf.join(addressOne), await enf.join(addressTwo)];
        for (const [i, from] of [addressOne, addressTwo].entries()) {
          clients[i]!.send(datagram(from, behind, 1280));
        }
        for (const [i, to] of [addressOne, addressTwo].entries()) {
          await eventually(`the answer to ${to}`, () => hasText(clients[i]!, `to ${to}`));
        }
        assert.deepEqual(senders.sort(), [addressOne, addressTwo].sort());
        assert.equal(hasText(clients[0]!, `to ${addressTwo}`), false);
      } finally {
        socket.close();
      }
    });

    it('a thousand datagrams from the kernel arrive whole and in order', async () => {
      const client = await enf.join(addressOne);
      const socket = await bind(5000);
      try {
        for (let i = 0; i < 1000; i++) {
          socket.send(Buffer.alloc(1200, i & 0xff), 4000, addressOne);
          // The interface's own queue holds 500 packets.
          if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 10));
        }
        const udp = () => client.packets.filter((packet) => packet[6] === 17);
        await eventually('all of them', () => udp().length === 1000);
        udp().forEach((packet, i) => {
          assert.equal(packet.length, 1248);
          assert.equal(hex(packet.subarray(24, 40)), hex(address(addressOne)));
          assert.ok(packet.subarray(48).every((byte) => byte === (i & 0xff)));
        });
      } finally {
        socket.close();
      }
    });

    it('a deleted interface is reported once', async () => {
      await run('ip', ['link', 'delete', 'enftest0']);
      await eventually('the failure', () => failures.length > 0);
      assert.equal(failures.length, 1);
    });
  });
}

async function bind(port: number): Promise<Socket> {
  const socket = createSocket('udp6');
  socket.bind(port, behind);
  await once(socket, 'listening');
  return socket;
}

function hasText(client: TestClient, text: string): boolean {
  return client.packets.some((packet) => Buffer.from(packet).includes(text));
}
