import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeMessage, StreamReader } from '../../src/index.ts';
import { bytes, hex } from '../hex.ts';

/** What a reader made of the chunks: messages as hex, data joined per TRANSMIT. */
function read(chunks: readonly (readonly [Uint8Array, boolean])[]): string[] {
  const seen: string[] = [];
  let data = '';
  const reader = new StreamReader({
    onMessage: (message) => seen.push(hex(message)),
    onData: (socketId, messageId, piece, isLast) => {
      data += hex(piece);
      if (!isLast) return;
      seen.push(`${socketId}/${messageId}: ${data}`);
      data = '';
    },
    onGarbage: (isLost) => seen.push(isLost ? 'lost' : 'passed over'),
  });
  for (const [chunk, endsTransfer] of chunks) reader.push(chunk, endsTransfer);
  return seen;
}

const close = encodeMessage({ kind: 'close', messageId: 9, socketId: 5 });
const transmit = (length: number, messageId = 1): Uint8Array =>
  encodeMessage({
    kind: 'transmit',
    messageId,
    socketId: 7,
    data: Uint8Array.from({ length }, (_, i) => i),
  });
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

describe('StreamReader', () => {
  it('reads the same whatever the pieces', () => {
    const stream = join(transmit(0), close, transmit(200, 2), transmit(1, 3), close);
    const whole = read([[stream, true]]);
    assert.equal(whole.length, 5);
    assert.equal(whole[0], '7/1: ');
    for (let size = 1; size < stream.length; size++) {
      const pieces = Array.from(
        { length: Math.ceil(stream.length / size) },
        (_, i) => [stream.subarray(i * size, (i + 1) * size), false] as const,
      );
      assert.deepEqual(read(pieces), whole, `pieces of ${size}`);
    }
  });

  it('reads the same at random cuts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        (lengths, cuts) => {
          const stream = join(...lengths.map((length, i) => transmit(length, i)), close);
          const pieces: [Uint8Array, boolean][] = [];
          for (let at = 0, i = 0; at < stream.length; at += cuts[i++ % cuts.length]!) {
            pieces.push([stream.subarray(at, at + cuts[i % cuts.length]!), false]);
          }
          assert.deepEqual(read(pieces), read([[stream, true]]));
        },
      ),
    );
  });

  const lost: [name: string, wire: string][] = [
    ['a TRANSMIT of 4 GiB', '0300 0100 07000000 ffffffff 00112233'],
    ['a TRANSMIT of one byte too many', '0300 0100 07000000 01000100 00112233'],
    ['an unknown opcode', '0700 0100 07000000 00000000'],
    ['a CLOSE of 4 GiB', '0600 0100 07000000 ffffffff'],
  ];
  for (const [name, wire] of lost) {
    it(`loses its way by ${name}, and finds it with the next transfer`, () => {
      assert.deepEqual(
        read([
          [join(bytes(wire), close), false],
          [close, true],
          [close, true],
        ]),
        ['lost', hex(close)],
      );
    });
  }

  it('passes over a long message that is not a TRANSMIT', () => {
    const long = encodeMessage({
      kind: 'ackData',
      messageId: 1,
      socketId: 7,
      of: 3,
      result: 0,
      data: new Uint8Array(1000),
    });
    assert.deepEqual(read([[join(long, close), true]]), ['passed over', hex(close)]);
  });

  it('forgets what has begun when reset', () => {
    const seen: string[] = [];
    const reader = new StreamReader({
      onMessage: (message) => seen.push(hex(message)),
      onData: () => seen.push('data'),
      onGarbage: () => seen.push('garbage'),
    });
    reader.push(transmit(100).subarray(0, 5), false);
    reader.reset();
    reader.push(close, true);
    reader.push(transmit(100).subarray(0, 12), false);
    reader.reset();
    reader.push(close, true);
    assert.deepEqual(seen, [hex(close), hex(close)]);
  });
});
