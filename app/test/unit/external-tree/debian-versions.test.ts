import assert from 'node:assert/strict';
import fc from 'fast-check';
import path from 'node:path';
import { external } from './tree.ts';

interface DebianVersions {
  upstreamVersion(version: string): string;
  nearest(versions: string[], wanted: string): string[];
}

describe('external tree: versions of Debian sources', () => {
  let versions: DebianVersions;
  before(async () => {
    // Plain JavaScript without types: it runs before npm packages are there.
    versions = (await import(path.join(external, 'debian/debian-versions.js'))) as DebianVersions;
  });

  const rows: [string, string][] = [
    ['5.2.37-2', '5.2.37'],
    ['1:1.37.0-6', '1.37.0'],
    ['257.13-1~deb13u1', '257.13'],
    ['1:1.3.dfsg+really1.3.1-1+deb13u1', '1.3.1'],
    ['1:4.5.2+20251210-1', '4.5.2'],
    ['0.18+ds-1', '0.18'],
    ['30+20221128-1', '30'],
    ['2:2.10-12+deb12u3', '2.10'],
  ];
  for (const [debian, upstream] of rows) {
    it(`${debian} is ${upstream}`, () => assert.equal(versions.upstreamVersion(debian), upstream));
  }

  it('prefers the same version, then what differs last and least, then the older', () => {
    assert.deepEqual(versions.nearest(['262-1', '257.13-1', '254.1-1'], '258.7'), [
      '257.13-1',
      '254.1-1',
      '262-1',
    ]);
    assert.deepEqual(versions.nearest(['3.0.20-1', '3.6.3-1', '3.5.9-1'], '3.6.2')[0], '3.6.3-1');
    assert.deepEqual(versions.nearest(['1.47.4-1', '1.47.2-3'], '1.47.3')[0], '1.47.2-3');
    assert.deepEqual(
      versions.nearest(['2.0-1', '1.14.10-1~deb12u1'], '1.14.10')[0],
      '1.14.10-1~deb12u1',
    );
  });

  it('puts an exact match first, whatever else there is', () => {
    const version = fc
      .array(fc.nat(20), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, fc.array(version), (wanted, others) => {
        const candidates = [...others, wanted].map((text) => `${text}-1`);
        const [first = ''] = versions.nearest(candidates, wanted);
        const trimmed = (text: string) => text.replace(/(\.0)+$/, '');
        assert.equal(trimmed(versions.upstreamVersion(first)), trimmed(wanted));
      }),
    );
  });
});
