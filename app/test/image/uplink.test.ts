/** Nothing of the host leaves the card but inside TLS: checked on all that crossed the uplink in this run. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { enfAddress } from '../../lab/qemu/underlay.ts';
import { keepConsoleOnFailure, reset, theCard } from './card-fixture.ts';
import { serviceAddress, tunnelAddress } from '../../lab/topology.ts';
import { describeFrames } from './uplink-frames.ts';

describe('the uplink of the card', () => {
  keepConsoleOnFailure(async () => (await theCard()).site);

  it('carries TLS to the ENF and what an interface needs to live, nothing else', async () => {
    const site = await reset();
    const mark = 'seen-outside-of-the-tunnel';
    // Addresses that the card's own kernel would know a way to, and one that nobody has.
    for (const target of [serviceAddress, enfAddress, '2001:db8::1', '10.0.2.2']) {
      await site.host.run(
        `ping -n -c 1 -W 1 -p ${Buffer.from(mark.slice(0, 16)).toString('hex')} ${target}`,
        { mayFail: true },
      );
    }
    const capture = await readFile(site.machine.captureFile);
    const kinds = describeFrames(capture);
    console.log(`      ${[...kinds].map(([kind, count]) => `${kind}: ${count}`).join(', ')}`);
    assert.ok((kinds.get('TLS with the ENF') ?? 0) > 10);
    const others = [...kinds.keys()].filter((kind) => kind.startsWith('other'));
    assert.deepEqual(others, []);
    assert.equal(capture.includes(mark.slice(0, 16)), false, 'contents of a ping');
    const address = Buffer.from(
      tunnelAddress
        .replace('::', ':0:0:0:0:')
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join(''),
      'hex',
    );
    assert.equal(address.length, 16);
    assert.equal(capture.includes(address), false, "the host's address");
  });
});
