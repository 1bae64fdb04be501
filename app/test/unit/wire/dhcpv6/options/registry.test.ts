import assert from 'node:assert/strict';
import { dhcpv6OptionCodecs } from '../../../../../src/wire/dhcpv6/options/registry.ts';

describe('wire/dhcpv6/options/registry', () => {
  it('has no code and no kind twice, so that no codec hides another', () => {
    const codes = new Set(dhcpv6OptionCodecs.map((codec) => codec.code));
    const kinds = new Set<string>(dhcpv6OptionCodecs.map((codec) => codec.kind));
    assert.equal(codes.size, dhcpv6OptionCodecs.length);
    assert.equal(kinds.size, dhcpv6OptionCodecs.length);
  });
});
