import assert from 'node:assert/strict';
import { expiryWarning } from '../../../src/identity/expiry-warning.ts';

describe('expiry warning', () => {
  const end = new Date('2031-05-31T12:00:00Z');
  const rows: [string, string, RegExp | undefined][] = [
    ['31 days before', '2031-04-30T12:00:00Z', undefined],
    ['just over 30 days before', '2031-05-01T11:59:59Z', undefined],
    [
      '30 days before',
      '2031-05-01T12:00:00Z',
      /^cert\.pem: .* expires on 2031-05-31; have a new one/,
    ],
    ['an hour before', '2031-05-31T11:00:00Z', /expires on 2031-05-31/],
    ['an hour after', '2031-05-31T13:00:00Z', /expired on 2031-05-31/],
    ['with a clock that stands at 1970', '1970-01-01T00:00:00Z', undefined],
  ];
  for (const [name, now, expected] of rows) {
    it(`${name}: ${expected === undefined ? 'nothing' : 'a warning'}`, () => {
      const warning = expiryWarning('cert.pem', end, new Date(now));
      if (expected === undefined) assert.equal(warning, undefined);
      else assert.match(warning ?? '', expected);
    });
  }

  it('has nothing to say about a certificate without an end', () => {
    const never = new Date('9999-12-31T23:59:59Z');
    assert.equal(expiryWarning('cert.pem', never, new Date('2031-01-01')), undefined);
  });
});
