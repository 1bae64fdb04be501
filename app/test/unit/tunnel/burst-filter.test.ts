import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BurstFilter } from '../../../src/tunnel/burst-filter.ts';
import { concatBytes } from '../../../src/wire/bytes.ts';
import { toHex } from '../router/packets.ts';
import { burst, packetsOf } from './frames.ts';

/** Refuses packets that begin with 0xff. */
class FirstByteFilter extends BurstFilter {
  seen: string[] = [];

  protected override admits(buf: Uint8Array, packet: number, end: number): boolean {
    this.seen.push(toHex(buf.subarray(packet, end)));
    return packet === end || buf[packet] !== 0xff;
  }
}

class WatchedBytes extends Uint8Array {
  moves = 0;

  override copyWithin(target: number, start: number, end?: number): this {
    this.moves++;
    return super.copyWithin(target, start, end);
  }
}

describe('burst filter', () => {
  const anyPackets = fc.array(
    fc
      .tuple(fc.constantFrom(0x60, 0xff), fc.uint8Array({ maxLength: 40 }))
      .map(([first, rest]) => Uint8Array.of(first, ...rest)),
    { maxLength: 20 },
  );

  it('keeps order and content of what it admits, and touches nothing around it', () => {
    fc.assert(
      fc.property(anyPackets, fc.nat(30), (packets, offset) => {
        const before = new Uint8Array(offset).fill(0xaa);
        const after = new Uint8Array(7).fill(0xbb);
        const input = burst(...packets);
        const buf = concatBytes([before, input, after]);
        const end = new FirstByteFilter().filter(buf, offset, offset + input.length);
        const expected = packets.filter((packet) => packet[0] !== 0xff);
        assert.deepEqual(packetsOf(buf, offset, end).map(toHex), expected.map(toHex));
        assert.deepEqual(buf.subarray(0, offset), before);
        assert.deepEqual(buf.subarray(offset + input.length), after);
      }),
    );
  });

  it('shows each packet once, in order, unmoved', () => {
    fc.assert(
      fc.property(anyPackets, (packets) => {
        const filter = new FirstByteFilter();
        const buf = burst(...packets);
        filter.filter(buf, 0, buf.length);
        assert.deepEqual(filter.seen, packets.map(toHex));
      }),
    );
  });

  it('moves nothing when nothing is refused', () => {
    const packet = Uint8Array.of(0x60, 1, 2);
    const buf = WatchedBytes.from(burst(packet, packet, packet)) as WatchedBytes;
    assert.equal(new FirstByteFilter().filter(buf, 0, buf.length), buf.length);
    assert.equal(buf.moves, 0);
    buf[2] = 0xff;
    assert.equal(new FirstByteFilter().filter(buf, 0, buf.length), 2 * 5);
    assert.equal(buf.moves, 1);
  });

  it('moves a run of admitted frames at once', () => {
    const good = Uint8Array.of(0x60);
    const bad = Uint8Array.of(0xff);
    const buf = WatchedBytes.from(burst(bad, good, good, good, bad, bad, good)) as WatchedBytes;
    const end = new FirstByteFilter().filter(buf, 0, buf.length);
    assert.equal(packetsOf(buf, 0, end).length, 4);
    assert.equal(buf.moves, 2);
  });

  for (const [name, tail] of [
    ['half a length', [0]],
    ['a length without its packet', [0, 5]],
    ['half a packet', [0, 5, 0x60, 1]],
  ] as const) {
    it(`cuts a burst that ends in ${name}`, () => {
      const whole = burst(Uint8Array.of(0x60, 9));
      const buf = concatBytes([whole, Uint8Array.from(tail)]);
      const end = new FirstByteFilter().filter(buf, 0, buf.length);
      assert.deepEqual(packetsOf(buf, 0, end), [Uint8Array.of(0x60, 9)]);
    });
  }
});
