import assert from 'node:assert/strict';
import { ndOptionCodecs } from '../../../../../src/wire/nd/options/registry.ts';

describe('wire/nd/options/registry', () => {
  it('has no type and no kind twice, so that no codec hides another', () => {
    const types = new Set(ndOptionCodecs.map((codec) => codec.type));
    const kinds = new Set<string>(ndOptionCodecs.map((codec) => codec.kind));
    assert.equal(types.size, ndOptionCodecs.length);
    assert.equal(kinds.size, ndOptionCodecs.length);
  });
});
