import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeEcho, encodeEcho, type Echo } from '../../../src/wire/icmpv6-echo.ts';
import {
  decodeIcmpv6Error,
  encodeIcmpv6Error,
  maxQuotedBytes,
} from '../../../src/wire/icmpv6-error.ts';
import { decodeIcmpv6, encodeIcmpv6, isIcmpv6Error } from '../../../src/wire/icmpv6.ts';
import { itConverts, itRefuses, parseErrorOf } from './codec-table.ts';
import { bytes } from './hex.ts';

const addresses = {
  source: bytes('fd008f80000100000000000000001234'),
  destination: bytes('fe800000000000000000000000000001'),
};
const decode = (wire: Uint8Array) => decodeIcmpv6(addresses, wire);

describe('wire/icmpv6', () => {
  itConverts(decode, (message) => encodeIcmpv6(addresses, message), [
    {
      name: 'the heartbeat',
      wire: '80 00 56e2 454e 4654',
      value: { type: 128, code: 0, body: bytes('454e4654') },
    },
  ]);

  itRefuses(decode, [
    { name: 'nothing', wire: '', what: 'ICMPv6 header', offset: 0 },
    { name: 'three bytes', wire: '800056', what: 'ICMPv6 header', offset: 3 },
    {
      name: 'a wrong checksum',
      wire: '80 00 56e3 454e 4654',
      what: 'ICMPv6 header',
      offset: 2,
    },
  ]);

  it('distinguishes errors from information', () => {
    assert.deepEqual([1, 127, 128, 255].map(isIcmpv6Error), [true, true, false, false]);
  });

  describe('echo', () => {
    const decodeWire = (wire: Uint8Array) => decodeEcho(decodeIcmpv6(addresses, wire));
    itConverts<Echo>(decodeWire, (echo) => encodeIcmpv6(addresses, encodeEcho(echo)), [
      {
        name: 'a request',
        wire: '80 00 56e2 454e 4654',
        value: { kind: 'request', identifier: 0x454e, sequence: 0x4654, data: bytes('') },
      },
      {
        name: 'a reply with data',
        wire: '81 00 55de 454e 4654 00 01 00',
        value: { kind: 'reply', identifier: 0x454e, sequence: 0x4654, data: bytes('000100') },
      },
    ]);

    const what = 'ICMPv6 echo';
    const rows = [
      { name: 'another type', message: { type: 127, code: 0, body: bytes('00000000') }, offset: 0 },
      { name: 'another code', message: { type: 128, code: 1, body: bytes('00000000') }, offset: 1 },
      { name: 'no sequence', message: { type: 129, code: 0, body: bytes('000000') }, offset: 7 },
    ];
    for (const { name, message, offset } of rows) {
      it(`refuses ${name}`, () => {
        const error = parseErrorOf(() => decodeEcho(message));
        assert.deepEqual([error?.what, error?.offset], [what, offset]);
      });
    }
  });

  describe('errors', () => {
    const quoted = bytes('60000000 0000 3b 40');
    const rows = [
      {
        name: 'Packet Too Big',
        message: { type: 2, code: 0, body: bytes('00000500 60000000 0000 3b 40') },
        value: { kind: 'packet-too-big', mtuBytes: 1280, quoted },
      },
      {
        name: 'Destination Unreachable, source address failed policy',
        message: { type: 1, code: 5, body: bytes('00000000 60000000 0000 3b 40') },
        value: { kind: 'destination-unreachable', code: 5, quoted },
      },
    ] as const;
    for (const { name, message, value } of rows) {
      it(`converts ${name} both ways`, () => {
        assert.deepEqual(decodeIcmpv6Error(message), value);
        assert.deepEqual(encodeIcmpv6Error(value), message);
      });
    }

    const refused = [
      { name: 'another type', message: { type: 3, code: 0, body: bytes('00000000') }, offset: 0 },
      { name: 'no MTU', message: { type: 2, code: 0, body: bytes('000005') }, offset: 7 },
    ];
    for (const { name, message, offset } of refused) {
      it(`refuses ${name}`, () => {
        const error = parseErrorOf(() => decodeIcmpv6Error(message));
        assert.deepEqual([error?.what, error?.offset], ['ICMPv6 error', offset]);
      });
    }

    it('quotes no more than fits the minimum MTU', () => {
      const message = encodeIcmpv6Error({
        kind: 'packet-too-big',
        mtuBytes: 1280,
        quoted: new Uint8Array(1500).fill(7),
      });
      assert.equal(maxQuotedBytes, 1232);
      assert.equal(40 + encodeIcmpv6(addresses, message).length, 1280);
    });
  });

  it('throws nothing but ParseError', () => {
    const message = fc.record(
      {
        type: fc.constantFrom(1, 2, 128, 129, 200),
        code: fc.nat(7),
        body: fc.uint8Array({ maxLength: 20 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(message, (value) => {
        assert.deepEqual(decode(encodeIcmpv6(addresses, value)), value);
        parseErrorOf(() => decodeEcho(value));
        parseErrorOf(() => decodeIcmpv6Error(value));
        parseErrorOf(() => decode(value.body));
      }),
    );
  });
});
