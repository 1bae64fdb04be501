/**
 * Nothing of the host leaves the card but inside TLS: checked on all that crossed the uplink of this group's card. Runs
 * last.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { enfAddress } from '../harness/qemu/underlay.ts';
import { cardFolder, keepConsoleOnFailure, reset, theCard } from './card-fixture.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { cableOverNetwork, readFrames } from './uplink-frames.ts';

describe('the uplink of the card', () => {
  keepConsoleOnFailure(async () => (await theCard()).site);

  it('carries TLS to the ENF and what an interface needs to live, nothing else', async () => {
    const site = await reset();
    const mark = 'outside a tunnel'; // a ping pattern has 16 bytes
    // Addresses that the card's own kernel would have a route to, and one that does not exist.
    for (const target of [serviceAddress, enfAddress, '2001:db8::1', '10.0.2.2']) {
      await site.host.run(`ping -n -c 1 -W 1 -p ${Buffer.from(mark).toString('hex')} ${target}`, {
        mayFail: true,
      });
    }
    const frames = (await capturesOfThisRun()).flatMap(readFrames);
    const count = new Map<string, number>();
    for (const { kind } of frames) count.set(kind, (count.get(kind) ?? 0) + 1);
    console.log(`      ${[...count].map(([kind, number]) => `${kind}: ${number}`).join(', ')}`);
    assert.ok((count.get('TLS with the ENF') ?? 0) > 10);
    assert.deepEqual(
      [...count.keys()].filter((kind) => kind.startsWith('other')),
      [],
    );
    const secrets = [
      { what: 'contents of a ping', bytes: Buffer.from(mark) },
      { what: "the host's address", bytes: Buffer.from(ipaddr.parse(tunnelAddress).toByteArray()) },
    ];
    for (const { what, bytes } of secrets) {
      const seen = frames.find(
        (frame) => frame.kind !== cableOverNetwork && frame.bytes.includes(bytes),
      );
      assert.equal(seen, undefined, what);
    }
  });
});

/** One file for each time that the card was switched on. */
async function capturesOfThisRun(): Promise<Buffer[]> {
  const files = await readdir(cardFolder, { recursive: true });
  const captures = files.filter((name) => name.endsWith('.pcap'));
  return Promise.all(captures.map((name) => readFile(path.join(cardFolder, name))));
}
