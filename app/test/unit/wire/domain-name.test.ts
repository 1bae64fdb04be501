import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import {
  decodeDomainNames,
  encodeDomainNames,
  isDomainName,
} from '../../../src/wire/domain-name.ts';
import { itConverts, itRefuses, parseErrorOf } from './codec-table.ts';
import { bytes, hex } from './hex.ts';

const what = 'names';
const decode = (wire: Uint8Array) => decodeDomainNames(wire, what, false);
const decodePadded = (wire: Uint8Array) => decodeDomainNames(wire, what, true);
const label63 = `3f${'61'.repeat(63)}`;

describe('wire/domain-name', () => {
  itConverts(decode, encodeDomainNames, [
    { name: 'no name', wire: '', value: [] },
    { name: 'two names', wire: '03656e66 036e6574 00 0161 00', value: ['enf.net', 'a'] },
    {
      name: 'bytes that no configured name has',
      wire: '05 2e 5c 00 e9 41 00',
      value: ['\\046\\092\\000\\233A'],
    },
    {
      name: 'the longest name',
      wire: `${label63.repeat(3)} 3d${'61'.repeat(61)} 00`,
      value: [[63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.')],
    },
  ]);

  itRefuses(decode, [
    { name: 'a label cut short', wire: '03656e', what, offset: 3 },
    { name: 'a name without its end', wire: '03656e66', what, offset: 4 },
    { name: 'a compression pointer', wire: '0161 c000', what, offset: 2 },
    { name: 'a label of 64 bytes', wire: `40${'61'.repeat(64)}00`, what, offset: 0 },
    { name: 'the root', wire: '00', what, offset: 0 },
    {
      name: 'a name of 256 bytes',
      wire: `${label63.repeat(3)}3e${'61'.repeat(62)}00`,
      what,
      offset: 255,
    },
    { name: '65 names', wire: '0161 00'.repeat(65), what, offset: 192 },
  ]);

  describe('with padding', () => {
    it('ends at the padding', () => {
      assert.deepEqual(decodePadded(bytes('0161 00 000000')), ['a']);
      assert.deepEqual(decodePadded(bytes('0000')), []);
    });
    itRefuses(decodePadded, [
      { name: 'padding that is not zero', wire: '0161 00 000001', what, offset: 5 },
    ]);
  });

  it('drops a dot at the end', () => {
    assert.equal(hex(encodeDomainNames(['enf.net.'])), '03656e66036e657400');
  });

  const sendable = { '': false, '.': false, 'a..b': false, 'a b': true, 'ü.de': true, Ω: false };
  for (const [text, can] of Object.entries({ ...sendable, '\\1': false, '\\256': false })) {
    it(`${can ? 'encodes' : 'calls a fault of ours'}: "${text}"`, () => {
      if (can) assert.ok(encodeDomainNames([text]).length > 0);
      else assert.throws(() => encodeDomainNames([text]), InternalError);
    });
  }

  it('calls a name over 255 bytes a fault of ours', () => {
    assert.throws(() => encodeDomainNames(['a.'.repeat(127) + 'bc']), InternalError);
    assert.throws(() => encodeDomainNames(['a'.repeat(64)]), InternalError);
  });

  it('accepts the names that an operator may configure', () => {
    const good = [
      'net',
      'enf.net',
      'enf.net.',
      'a-b.c',
      '_tcp.x',
      `${'a'.repeat(63)}.b`,
      '1.2',
      'a.'.repeat(126) + 'b',
    ];
    const bad = [
      '',
      '.',
      '-a',
      'a-',
      'a..b',
      'ü.de',
      'a b',
      'a'.repeat(64),
      'a.'.repeat(126) + 'bc',
    ];
    for (const text of good) assert.ok(isDomainName(text), text);
    for (const text of bad) assert.ok(!isDomainName(text), text);
  });

  it('can encode every name that may be configured', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '-', '_', '.', '9') }), (text) => {
        if (isDomainName(text)) {
          assert.deepEqual(decode(encodeDomainNames([text])), [text.replace(/\.$/, '')]);
        }
      }),
    );
  });

  it('loses nothing and throws nothing but ParseError', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 5 }).map((b) => [b.length, ...b]);
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((l) => [...l.flat(), 0]);
    const names = fc.array(name, { maxLength: 5 }).map((list) => Uint8Array.from(list.flat()));
    fc.assert(
      fc.property(fc.oneof(names, fc.uint8Array({ maxLength: 30 })), (wire) => {
        let decoded: string[] = [];
        if (parseErrorOf(() => (decoded = decode(wire)))) return;
        assert.deepEqual(encodeDomainNames(decoded), wire);
      }),
    );
    fc.assert(
      fc.property(names, (wire) => assert.deepEqual(encodeDomainNames(decode(wire)), wire)),
    );
  });
});
