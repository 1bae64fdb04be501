/**
 * Real TCP over the devices. Its sender hands the kernel super-packets with half-made checksums, and none of that may
 * be seen by the reader of a device: every packet fits the link and has a correct checksum, and the stream arrives as
 * it was sent.
 */
import assert from 'node:assert/strict';
import { upperChecksum6 } from '../packets.ts';
import { until } from '../device-contract.ts';
import { Forwarder } from './forwarder.ts';
import { Child, script } from './process.ts';
import { leftAddress, makeTwoHosts, rightAddress, type TwoHosts } from './two-hosts.ts';
import type { Namespace } from './network.ts';

const mtuBytes = 1280;
const transferBytes = 24 << 20;
/** Checking a checksum in JavaScript is slow. */
const checkedPackets = 3000;

for (const kind of ['tun', 'ethernet'] as const) {
  for (const offload of [true, false]) {
    describe(`TCP over ${kind}, offload ${offload ? 'on' : 'off'}`, () => {
      let hosts: TwoHosts;
      let forwarder: Forwarder;
      let seen = 0;
      const bad: string[] = [];
      const children: Child[] = [];

      beforeEach(() => {
        hosts = makeTwoHosts(kind, offload);
        seen = 0;
        bad.length = 0;
        forwarder = new Forwarder(hosts.leftDevice, hosts.rightDevice, (packet) => {
          if (packet.length > mtuBytes) bad.push(`${packet.length} bytes`);
          if (++seen <= checkedPackets && packet[6] === 6 && upperChecksum6(packet) !== 0) {
            bad.push(Buffer.from(packet).toString('hex'));
          }
        });
      });
      afterEach(() => {
        for (const child of children.splice(0)) child.kill();
        hosts.close();
      });

      function start([command, words]: [string, string[]]): Child {
        const child = new Child(command, words);
        children.push(child);
        return child;
      }

      async function transfer(from: Namespace, to: Namespace, address: string): Promise<void> {
        const receiver = start(to.command(...script('tcp-peer.ts', 'receive', '5000')));
        await until('the receiver', () => receiver.output.includes('listening'));
        const bytes = String(transferBytes);
        const sender = start(
          from.command(...script('tcp-peer.ts', 'send', address, '5000', bytes)),
        );
        const sent = await sender.finished;
        const received = await receiver.finished;
        assert.equal(sent.code, 0, sent.output);
        assert.match(sent.output, /^[0-9a-f]{64}$/m);
        assert.equal(received.output, `listening\n${sent.output}`);
        assert.deepEqual(bad, []);
        assert.deepEqual(forwarder.errors, []);
        assert.equal(hosts.leftDevice.counters.readMalformed, 0);
        assert.equal(hosts.rightDevice.counters.readMalformed, 0);
      }

      it('arrives from left to right', async () => {
        await transfer(hosts.left, hosts.right, rightAddress);
        assert.ok(hosts.leftDevice.counters.readBytes > transferBytes);
      });

      it('arrives from right to left', async () => {
        await transfer(hosts.right, hosts.left, leftAddress);
        assert.ok(hosts.leftDevice.counters.writtenBytes > transferBytes);
      });

      it('lets a ping through', async () => {
        const ping = (count: string) =>
          start(hosts.left.command('ping', '-c', count, '-i', '0.2', '-W', '2', rightAddress))
            .finished;
        // On a busy machine the first may meet what is left of the transfer.
        await ping('1');
        const { code, output } = await ping('2');
        assert.equal(code, 0, output);
        assert.match(output, / 0% packet loss/);
      });
    });
  }
}
