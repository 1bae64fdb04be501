import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AddressTable } from '../../../../src/dev/enf-server/address-table.ts';

/** Few distinct addresses, so that sets, replacements and deletions meet. */
const anAddress = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 90 }))
  .map(([word, byte]) => {
    const address = new Uint8Array(16);
    address[word * 4] = byte;
    return address;
  });
const aStep = fc.record({ address: anAddress, remove: fc.boolean() });

describe('enf-server/address-table', () => {
  it('behaves like a Map of address texts', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 400 }), (steps) => {
        const table = new AddressTable<{ id: number }>();
        const model = new Map<string, { id: number }>();
        steps.forEach(({ address, remove }, id) => {
          const key = address.join();
          if (remove) {
            table.delete(address);
            model.delete(key);
          } else {
            table.set(address, { id });
            model.set(key, { id });
          }
          assert.equal(table.size, model.size);
          assert.deepEqual(table.find(address, 0), model.get(key));
        });
        for (const { address } of steps) {
          assert.deepEqual(table.find(address, 0), model.get(address.join()));
        }
        assert.deepEqual(
          [...table.values()].map(({ id }) => id).sort(),
          [...model.values()].map(({ id }) => id).sort(),
        );
      }),
    );
  });

  it('finds an address in the middle of a packet', () => {
    const table = new AddressTable<object>();
    const owner = {};
    table.set(
      Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i),
      owner,
    );
    const packet = Uint8Array.from({ length: 64 }, (_, i) => (i < 24 ? 0 : 0xf0 + i - 24));
    assert.equal(table.find(packet, 24), owner);
    assert.equal(table.find(packet, 23), undefined);
  });

  it('keeps ten thousand clients of one /112', () => {
    const table = new AddressTable<{ i: number }>();
    const address = new Uint8Array(16);
    const view = new DataView(address.buffer);
    for (let i = 0; i < 10_000; i++) {
      view.setUint32(12, i);
      table.set(address, { i });
    }
    for (let i = 0; i < 10_000; i++) {
      view.setUint32(12, i);
      assert.equal(table.find(address, 0)?.i, i);
    }
  });
});
