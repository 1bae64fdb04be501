import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../../src/core/errors.ts';
import {
  decodeDhcpv6Message,
  encodeDhcpv6Message,
  maxDhcpv6MessageLength,
} from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import { itConverts, itRefuses, parseErrorOf } from '../codec-table.ts';
import { bytes } from '../hex.ts';
import { dhcpv6Message } from './arbitraries.ts';

describe('wire/dhcpv6/dhcpv6-message', () => {
  itConverts(decodeDhcpv6Message, encodeDhcpv6Message, [
    {
      name: 'a header alone',
      wire: '0b abcdef',
      value: { type: 11, transactionId: 0xabcdef, options: [] },
    },
    {
      name: 'a SOLICIT as systemd-networkd sends it',
      wire: `01 a1b2c3
             0003 000c 5d1c3f02 00000000 00000000
             000e 0000
             0006 0008 0017 0018 0038 0052
             0001 000e 0002 0000ab11 c1d2e3f405162738
             0008 0002 0000`,
      value: {
        type: 1,
        transactionId: 0xa1b2c3,
        options: [
          { kind: 'ia-na', iaid: 0x5d1c3f02, t1: 0, t2: 0, options: [] },
          { kind: 'rapid-commit' },
          { kind: 'option-request', codes: [23, 24, 56, 82] },
          { kind: 'client-id', duid: bytes('0002 0000ab11 c1d2e3f405162738') },
          { kind: 'elapsed-time', hundredths: 0 },
        ],
      },
    },
    {
      name: 'the longest message',
      wire: `07 000001 0063 04c8 ${'ab'.repeat(1224)}`,
      value: {
        type: 7,
        transactionId: 1,
        options: [{ kind: 'unknown', code: 99, data: new Uint8Array(1224).fill(0xab) }],
      },
    },
  ]);

  const what = 'DHCPv6 message';
  itRefuses(decodeDhcpv6Message, [
    { name: 'nothing', wire: '', what, offset: 0 },
    { name: 'half a header', wire: '01 abcd', what, offset: 3 },
    { name: 'a relay’s forward', wire: `0c 00 ${'00'.repeat(32)}`, what, offset: 0 },
    { name: 'a relay’s reply', wire: `0d 00 ${'00'.repeat(32)}`, what, offset: 0 },
    {
      name: 'a byte too many for the MTU',
      wire: `07 000001 0063 04c9 ${'ab'.repeat(1225)}`,
      what,
      offset: 1232,
    },
    {
      name: 'a byte behind the options',
      wire: '0b abcdef 000e 0000 00',
      what: 'DHCPv6 options',
      offset: 5,
    },
  ]);

  it('calls a message that fits no packet a fault of ours', () => {
    const data = new Uint8Array(maxDhcpv6MessageLength);
    const message = {
      type: 7,
      transactionId: 1,
      options: [{ kind: 'unknown', code: 99, data }],
    } as const;
    assert.throws(() => encodeDhcpv6Message(message), InternalError);
    assert.throws(
      () => encodeDhcpv6Message({ type: 7, transactionId: 0x1000000, options: [] }),
      InternalError,
    );
  });

  it('decodes what it encoded, for any message', () => {
    fc.assert(
      fc.property(dhcpv6Message, (message) => {
        let wire: Uint8Array;
        try {
          wire = encodeDhcpv6Message(message);
        } catch (error) {
          assert.ok(error instanceof InternalError);
          return fc.pre(false); // too long for a packet
        }
        assert.deepEqual(decodeDhcpv6Message(wire), message);
      }),
    );
  });

  it('throws nothing but ParseError at any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (wire) => {
        parseErrorOf(() => decodeDhcpv6Message(wire));
      }),
      { numRuns: 1000 },
    );
  });
});
