import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../../../src/core/errors.ts';
import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
  findDhcpv6Option,
  maxOptionsPerList,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import type { Dhcpv6Option } from '../../../../../src/wire/dhcpv6/options/registry.ts';
import { itConverts, itRefuses, parseErrorOf } from '../../codec-table.ts';
import { bytes, hex } from '../../hex.ts';
import { dhcpv6Options } from '../arbitraries.ts';

const address = '20010db8000000000000000000000053';

describe('wire/dhcpv6/options/option-list', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'no option', wire: '', value: [] },
    {
      name: 'unknown options, raw and in order',
      wire: '0010 0004 00000137  0008 0002 0000  ffff 0000',
      value: [
        { kind: 'unknown', code: 16, data: bytes('00000137') },
        { kind: 'elapsed-time', hundredths: 0 },
        { kind: 'unknown', code: 65535, data: bytes('') },
      ],
    },
    {
      name: 'the same option twice',
      wire: '0008 0002 0001 0008 0002 0002',
      value: [
        { kind: 'elapsed-time', hundredths: 1 },
        { kind: 'elapsed-time', hundredths: 2 },
      ],
    },
    {
      name: 'three lists one inside the other',
      wire: `0003 002e 00000001 00000000 00000000
             0005 001e ${address} 00000000 00000000 000d 0002 0000`,
      value: [
        {
          kind: 'ia-na',
          iaid: 1,
          t1: 0,
          t2: 0,
          options: [
            {
              kind: 'ia-address',
              address: bytes(address),
              preferredLifetime: 0,
              validLifetime: 0,
              options: [{ kind: 'status-code', status: 0, text: '' }],
            },
          ],
        },
      ],
    },
    {
      name: 'an empty fourth list',
      wire: '0004 0014 00000001 0004 000c 00000002 0004 0004 00000003',
      value: [
        {
          kind: 'ia-ta',
          iaid: 1,
          options: [{ kind: 'ia-ta', iaid: 2, options: [{ kind: 'ia-ta', iaid: 3, options: [] }] }],
        },
      ],
    },
  ]);

  const what = 'DHCPv6 options';
  itRefuses(decodeDhcpv6Options, [
    { name: 'one byte', wire: '00', what, offset: 1 },
    { name: 'a header of three bytes', wire: '0008 00', what, offset: 3 },
    { name: 'a header behind a good option', wire: '000e 0000 0008', what, offset: 6 },
    { name: 'an option past the end', wire: '0010 0004 000001', what, offset: 7 },
    { name: 'the longest length', wire: '0010 ffff 00', what, offset: 5 },
    {
      name: 'an option past the end of the one around it',
      wire: '0003 0010 00000001 00000000 00000000 0005 0018',
      what,
      offset: 4,
    },
    {
      name: 'one option too many',
      wire: '000e 0000'.repeat(maxOptionsPerList + 1),
      what,
      offset: 4 * maxOptionsPerList,
    },
    {
      name: 'a fourth list with an option in it',
      wire: `0004 0018 00000001 0004 0010 00000002 0004 0008 00000003 000e 0000`,
      what,
      offset: 0,
    },
  ]);

  it('finds the first option of a kind', () => {
    const options = decodeDhcpv6Options(bytes('000e 0000 0008 0002 0001 0008 0002 0002'));
    assert.equal(findDhcpv6Option(options, 'elapsed-time')?.hundredths, 1);
    assert.equal(findDhcpv6Option(options, 'preference'), undefined);
  });

  const impossible: Record<string, Dhcpv6Option> = {
    'an IAID over 32 bits': { kind: 'ia-ta', iaid: 0x100000000, options: [] },
    'a negative lifetime': { kind: 'sol-max-rt', seconds: -1 },
    'a preference over 255': { kind: 'preference', value: 256 },
    'an address of 4 bytes': { kind: 'dns-servers', servers: [bytes('c0000201')] },
    'an unknown option over 65535 bytes': {
      kind: 'unknown',
      code: 100,
      data: new Uint8Array(0x10000),
    },
    'an unknown option with a code over 16 bits': {
      kind: 'unknown',
      code: 0x10000,
      data: bytes(''),
    },
    'a fourth list': [1, 2, 3].reduceRight<Dhcpv6Option>(
      (inner, iaid) => ({ kind: 'ia-ta', iaid, options: [inner] }),
      { kind: 'rapid-commit' },
    ),
  };
  for (const [name, option] of Object.entries(impossible)) {
    it(`calls ${name} a fault of ours`, () => {
      assert.throws(() => encodeDhcpv6Options([option]), InternalError);
    });
  }

  it('calls too many options a fault of ours', () => {
    const many = Array.from(
      { length: maxOptionsPerList + 1 },
      () => ({ kind: 'rapid-commit' }) as const,
    );
    assert.throws(() => encodeDhcpv6Options(many), InternalError);
  });

  it('decodes what it encoded, for any options', () => {
    fc.assert(
      fc.property(dhcpv6Options, (options) => {
        assert.deepEqual(decodeDhcpv6Options(encodeDhcpv6Options(options)), options);
      }),
    );
  });

  it('throws nothing but ParseError, and encodes what it decoded to the same bytes', () => {
    const almost = fc
      .array(
        fc
          .tuple(fc.constantFrom(1, 2, 3, 4, 6, 7, 8, 14, 23, 24, 25, 32, 82, 99), fc.nat(24))
          .chain(([code, length]) =>
            fc
              .uint8Array({ minLength: length, maxLength: length })
              .map((data) => [0, code, 0, length, ...data]),
          ),
        { maxLength: 4 },
      )
      .map((options) => Uint8Array.from(options.flat()));
    fc.assert(
      fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 60 })), (wire) => {
        let options: Dhcpv6Option[] = [];
        if (parseErrorOf(() => (options = decodeDhcpv6Options(wire)))) return;
        assert.equal(hex(encodeDhcpv6Options(options)), hex(wire));
      }),
      { numRuns: 2000 },
    );
  });
});
