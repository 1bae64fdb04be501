import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { decodeMessage, encodeMessage, type HssMessage } from '../../src/index.ts';
import { bytes, hex } from '../hex.ts';

const vectors = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../hss-vectors.json'), 'utf8'),
) as Record<string, string>;

const none = new Uint8Array(0);
const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const enf = { address: Uint8Array.of(23, 147, 128, 112), port: 443 };
const documentation = bytes('20010db8000000000000000000000001');
const open = { kind: 'open', messageId: 1, socketId: 0, handle: 1 } as const;

const meanings: Record<string, HssMessage> = {
  'OPEN ip4/tcp/stream handle 1': { ...open, family: 1, protocol: 1, type: 1 },
  'ACK OPEN ok': { kind: 'ack', messageId: 1, socketId: 1, of: 0, result: 0, data: none },
  'CONNECT 23.147.128.112:443': { kind: 'connect', messageId: 2, socketId: 1, to: enf },
  'ACK CONNECT ok': { kind: 'ack', messageId: 2, socketId: 1, of: 1, result: 0, data: none },
  'ACK CONNECT refused': { kind: 'ack', messageId: 2, socketId: 1, of: 1, result: 3, data: none },
  'TRANSMIT dev->host "hello"': {
    kind: 'transmit',
    messageId: 3,
    socketId: 1,
    data: text('hello'),
  },
  'ACK TRANSMIT': { kind: 'ack', messageId: 3, socketId: 1, of: 3, result: 0, data: none },
  'TRANSMIT host->dev "world!"': {
    kind: 'transmit',
    messageId: 1,
    socketId: 1,
    data: text('world!'),
  },
  'CLOSE dev->host': { kind: 'close', messageId: 4, socketId: 1 },
  'ACK CLOSE (code undefined, 00 shown)': {
    kind: 'ack',
    messageId: 4,
    socketId: 1,
    of: 6,
    result: 0,
    data: none,
  },
  'CLOSE host->dev (remote closed)': { kind: 'close', messageId: 2, socketId: 1 },
  'CONNECT ip6 as C sends (40-byte payload, 12 pad shown 00)': {
    kind: 'connect',
    messageId: 5,
    socketId: 1,
    to: { address: documentation, port: 443, flowInfo: 0, scopeId: 0 },
  },
};

describe('the codec of HSS', () => {
  it('has a meaning for every vector', () => {
    assert.deepEqual(Object.keys(vectors).sort(), Object.keys(meanings).sort());
  });

  for (const [name, message] of Object.entries(meanings)) {
    it(`converts ${name} both ways`, () => {
      assert.deepEqual(decodeMessage(bytes(vectors[name]!)), message);
      assert.equal(hex(encodeMessage(message)), vectors[name]);
    });
  }

  const address6 = '01bb 00000007 09000000 20010db8000000000000000000000001';
  const to6 = { address: documentation, port: 443, flowInfo: 7, scopeId: 9 };
  const connects: [name: string, wire: string, to: object][] = [
    [
      'IPv6 as the specification pictures it, 28 bytes',
      `0100 0500 01000000 1c000000 0100 ${address6}`,
      to6,
    ],
    ['IPv6 of the C system without padding', `0100 0500 01000000 1c000000 0200 ${address6}`, to6],
    [
      'IPv6 with padding of uninitialised bytes',
      `0100 0500 01000000 28000000 0200 ${address6} deadbeefdeadbeefdeadbeef`,
      to6,
    ],
    [
      'IPv4 as the specification counts families',
      '0100 0500 01000000 08000000 0000 01bb 17938070',
      enf,
    ],
  ];
  for (const [name, wire, to] of connects) {
    it(`understands CONNECT to ${name}`, () => {
      assert.deepEqual(decodeMessage(bytes(wire)), {
        kind: 'connect',
        messageId: 5,
        socketId: 1,
        to,
      });
    });
  }

  it('sends the families of CONNECT as the specification counts them, on request', () => {
    const message = { kind: 'connect', messageId: 5, socketId: 1, to: to6 } as const;
    const wire = encodeMessage(message, 'specification');
    assert.equal(hex(wire.subarray(12, 14)), '0100');
    assert.deepEqual(decodeMessage(wire), message);
    const wire4 = encodeMessage({ ...message, to: enf }, 'specification');
    assert.deepEqual(decodeMessage(wire4), { ...message, to: enf });
  });

  it('pads CONNECT with zeros, never with memory', () => {
    const wire = encodeMessage({ kind: 'connect', messageId: 5, socketId: 1, to: to6 });
    assert.equal(wire.length, 52);
    assert.equal(hex(wire.subarray(40)), '00'.repeat(12));
  });

  const malformed: [name: string, wire: string, what: string, offset: number][] = [
    ['nothing', '', 'header', 0],
    ['half a header', '0000 0100 0000', 'header', 6],
    ['a length of 4 GiB', '0600 0100 01000000 ffffffff', 'length', 8],
    ['a length shorter than what is there', '0600 0100 01000000 00000000 00', 'length', 8],
    ['an unknown opcode', '0700 0100 01000000 00000000', 'opcode', 0],
    ['OPEN cut short', '0000 0100 00000000 08000000 0100000001000100', 'OPEN', 20],
    ['CONNECT of no known length', '0100 0100 01000000 05000000 0100 01bb 17', 'CONNECT', 17],
    ['CONNECT without anything', '0100 0100 01000000 00000000', 'CONNECT', 12],
    ['CONNECT of family 3', '0100 0100 01000000 08000000 0300 01bb 17938070', 'CONNECT', 12],
    [
      'CONNECT of family 2 in 8 bytes',
      '0100 0100 01000000 08000000 0200 01bb 17938070',
      'CONNECT',
      12,
    ],
    ['ACK without result', '0400 0100 01000000 02000000 0000', 'ACK', 14],
    ['CLOSE with a payload', '0600 0100 01000000 01000000 00', 'CLOSE', 12],
  ];
  for (const [name, wire, what, offset] of malformed) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(decodeMessage(bytes(wire)), { kind: 'malformed', what, offset });
    });
  }

  const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.record(model, { noNullPrototype: true });
  const id16 = fc.integer({ min: 0, max: 0xffff });
  const id32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const ids = { messageId: id16, socketId: id32 };
  const data = fc.uint8Array({ maxLength: 100 });
  const anyMessage: fc.Arbitrary<HssMessage> = fc.oneof(
    record({
      kind: fc.constant('open' as const),
      ...ids,
      handle: id32,
      family: id16,
      protocol: id16,
      type: fc.integer({ min: 0, max: 255 }),
    }),
    record({
      kind: fc.constant('connect' as const),
      ...ids,
      to: record({ address: fc.uint8Array({ minLength: 4, maxLength: 4 }), port: id16 }),
    }),
    record({
      kind: fc.constant('connect' as const),
      ...ids,
      to: record({
        address: fc.uint8Array({ minLength: 16, maxLength: 16 }),
        port: id16,
        flowInfo: id32,
        scopeId: id32,
      }),
    }),
    record({ kind: fc.constant('transmit' as const), ...ids, data }),
    record({
      kind: fc.constantFrom('ack' as const, 'ackData' as const),
      ...ids,
      of: id16,
      result: fc.integer({ min: 0, max: 255 }),
      data,
    }),
    record({
      kind: fc.constantFrom('shutdown' as const, 'close' as const, 'noOp' as const),
      ...ids,
    }),
  );

  it('returns what it was given, in both layouts', () => {
    fc.assert(
      fc.property(anyMessage, fc.constantFrom('c', 'specification'), (message, layout) => {
        assert.deepEqual(decodeMessage(encodeMessage(message, layout as 'c')), message);
      }),
    );
  });

  it('refuses numbers that do not fit', () => {
    assert.throws(
      () => encodeMessage({ kind: 'close', messageId: 0x10000, socketId: 1 }),
      RangeError,
    );
    const to = { address: new Uint8Array(5), port: 1 };
    assert.throws(
      () => encodeMessage({ kind: 'connect', messageId: 1, socketId: 1, to }),
      RangeError,
    );
  });
});
