import assert from 'node:assert/strict';
import { listed } from '../../../../src/programs/setup/report.ts';

describe('setup/report', () => {
  it('lists prefixes for one line, however many there are', () => {
    const prefixes = Array.from({ length: 256 }, (_, index) => `2001:db8:${index}::/48`);
    assert.equal(listed([]), 'nothing');
    assert.equal(listed(prefixes.slice(0, 2)), '2001:db8:0::/48, 2001:db8:1::/48');
    assert.match(listed(prefixes), /^(\S+, ){4}\S+ and 251 more$/);
  });
});
