import assert from 'node:assert/strict';
import { addressesOf, parseServerHost } from '../../../src/uplink/server-host.ts';

describe('a server of the configuration', () => {
  for (const [text, kind] of [
    ['192.0.2.1', 'address'],
    ['2001:db8::1', 'address'],
    ['fe80::1%eth0', 'address'],
    ['enf.example', 'name'],
    ['enf.example.', 'name'],
    ['4.enf', 'name'],
    ['192.0.2.256', undefined],
    ['192.0.2', undefined],
    ['192.0.2.1%eth0', undefined],
    ['enf example', undefined],
    ['', undefined],
  ] as const) {
    it(`${JSON.stringify(text)}: ${kind}`, () => {
      const host = parseServerHost(text);
      assert.deepEqual(host, kind === undefined ? undefined : { kind, text });
    });
  }

  for (const literal of ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0']) {
    it(`takes ${literal} as it is, without asking`, async () => {
      const addresses = await addressesOf(parseServerHost(literal)!, () => assert.fail('asked'));
      assert.deepEqual(addresses, [literal]);
    });
  }

  it('asks for a name', async () => {
    const host = parseServerHost('enf.example')!;
    const addresses = await addressesOf(host, (name) => Promise.resolve([`${name} has one`]));
    assert.deepEqual(addresses, ['enf.example has one']);
  });
});
