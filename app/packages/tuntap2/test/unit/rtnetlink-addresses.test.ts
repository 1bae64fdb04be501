import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  listAddressesRequest,
  parseAddresses,
  type AddressInfo,
} from '../../src/rtnetlink-addresses.ts';
import { attribute, message, u32, zeros } from './rtnetlink-bytes.ts';

const newAddress = 20;
const ipv6 = [0x20, 0x01, 0x0d, 0xb8, ...zeros(11), 1];

function address(
  [family, prefix, flags, scope, index]: [number, number, number, number, number],
  ...attributes: number[][]
): number[] {
  return [family, prefix, flags, scope, ...u32(index), ...attributes.flat()];
}

function parse(...bodies: number[][]): AddressInfo[] {
  return parseAddresses(Uint8Array.from(bodies.flatMap((body) => message(newAddress, body))));
}

describe('tuntap2/rtnetlink-addresses', () => {
  it('reads addresses of both families', () => {
    const plain = { scope: 0, isTentative: false, isDeprecated: false };
    assert.deepEqual(
      parse(
        address([2, 24, 0x80, 0, 3], attribute(1, [192, 0, 2, 1]), attribute(2, [192, 0, 2, 1])),
        address([10, 64, 0x80, 253, 7], attribute(1, ipv6), attribute(8, u32(0x80))),
      ),
      [
        { ...plain, address: Uint8Array.of(192, 0, 2, 1), prefixLength: 24, linkIndex: 3 },
        { ...plain, address: Uint8Array.from(ipv6), prefixLength: 64, linkIndex: 7, scope: 253 },
      ],
    );
  });

  it('takes our own end of a link with two', () => {
    const [found] = parse(
      address([2, 32, 0, 0, 3], attribute(1, [10, 0, 0, 9]), attribute(2, [10, 0, 0, 1])),
    );
    assert.deepEqual(found?.address, Uint8Array.of(10, 0, 0, 1));
  });

  const states: [what: string, flags: number, isTentative: boolean, isDeprecated: boolean][] = [
    ['one under detection', 0x40, true, false],
    ['an optimistic one', 0x44, false, false],
    ['a duplicate', 0x08, true, false],
    ['a deprecated one', 0x20, false, true],
    ['a long word of flags', 0x20 | 0x200, false, true],
  ];
  for (const [what, flags, isTentative, isDeprecated] of states) {
    it(`recognizes ${what}`, () => {
      // The attribute says more than the byte, and counts.
      const [found] = parse(
        address([10, 64, 0, 0, 1], attribute(1, ipv6), attribute(8, u32(flags))),
      );
      assert.deepEqual([found?.isTentative, found?.isDeprecated], [isTentative, isDeprecated]);
      if (flags > 0xff) return;
      const [old] = parse(address([10, 64, flags, 0, 1], attribute(1, ipv6)));
      assert.deepEqual([old?.isTentative, old?.isDeprecated], [isTentative, isDeprecated]);
    });
  }

  const ignored: [what: string, bytes: number[]][] = [
    ['one without an address', address([2, 24, 0, 0, 1])],
    ['a length of the other family', address([2, 24, 0, 0, 1], attribute(1, ipv6))],
    ['another family', address([17, 24, 0, 0, 1], attribute(1, [1, 2, 3, 4]))],
    ['one cut short', address([2, 24, 0, 0, 1], attribute(1, [1, 2, 3, 4])).slice(0, 7)],
    ['an attribute cut short', address([2, 24, 0, 0, 1], attribute(1, [1, 2, 3, 4]).slice(0, 6))],
  ];
  for (const [what, bytes] of ignored) {
    it(`ignores ${what}`, () => assert.deepEqual(parse(bytes), []));
  }

  it('never throws, whatever the bytes', () => {
    const sound = message(newAddress, address([10, 64, 0, 0, 7], attribute(1, ipv6)));
    const changed = fc
      .array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
      .map((changes) => {
        const bytes = Uint8Array.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (bytes) => {
        for (const { address: found } of parseAddresses(bytes)) {
          assert.ok(found.length === 4 || found.length === 16);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('asks for all of them', () => {
    assert.deepEqual([...listAddressesRequest()], message(22, zeros(8), 0x301));
  });
});
