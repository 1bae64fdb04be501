import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getRouteRequest, parseRoute } from '../../src/rtnetlink-routes.ts';
import { attribute, message, u32, zeros } from './rtnetlink-bytes.ts';

const newRoute = 24;
const getRoute = 26;

function route(type: number, prefixLength: number, ...attributes: number[][]): number[] {
  return [2, prefixLength, 0, 0, 254, 3, 0, type, ...u32(0), ...attributes.flat()];
}

const parse = (bytes: number[]) => parseRoute(Uint8Array.from(bytes));

describe('tuntap2/rtnetlink-routes', () => {
  it('reads what becomes of a packet, its link, its source and the metric', () => {
    const found = parse(
      message(
        newRoute,
        route(1, 32, attribute(4, u32(9)), attribute(7, [192, 0, 2, 7]), attribute(6, u32(600))),
      ),
    );
    assert.deepEqual(found, {
      type: 'unicast',
      linkIndex: 9,
      source: Uint8Array.of(192, 0, 2, 7),
      prefixLength: 32,
      priority: 600,
    });
  });

  const types = ['local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable'] as const;
  types.forEach((type, at) => {
    it(`recognizes the type ${type}`, () => {
      const plain = { linkIndex: undefined, source: undefined, prefixLength: 8, priority: 0 };
      assert.deepEqual(parse(message(newRoute, route(2 + at, 8))), { type, ...plain });
    });
  });

  it('takes an unknown type for no route', () => {
    for (const type of [0, 10, 255]) {
      assert.equal(parse(message(newRoute, route(type, 8)))?.type, 'other');
    }
  });

  it('finds none where there is none', () => {
    const sound = message(newRoute, route(1, 8));
    const others = [[], message(2, u32(0)), message(25, route(1, 8)), sound.slice(0, 20)];
    for (const bytes of others) assert.equal(parse(bytes), undefined);
    assert.equal(parse(message(newRoute, route(1, 8).slice(0, 11))), undefined);
    assert.equal(parse([...message(4711, [1]), ...sound])?.type, 'unicast');
  });

  it('passes over attributes cut short', () => {
    const found = parse(message(newRoute, route(1, 8, attribute(4, [1, 2]), attribute(6, [1]))));
    assert.deepEqual([found?.linkIndex, found?.priority], [undefined, 0]);
  });

  it('never throws, whatever the bytes', () => {
    const sound = message(newRoute, route(1, 32, attribute(4, u32(9)), attribute(7, [1, 2, 3, 4])));
    const changed = fc
      .array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
      .map((changes) => {
        const bytes = Uint8Array.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (bytes) => {
        parseRoute(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('asks for a destination', () => {
    const fixed = [2, 32, 0, 0, 0, 0, 0, 0, ...u32(0)];
    assert.deepEqual(
      [...getRouteRequest({ destination: Uint8Array.of(192, 0, 2, 1) })],
      message(getRoute, [...fixed, ...attribute(1, [192, 0, 2, 1])], 1),
    );
  });

  it('asks for everything that a connection is bound to', () => {
    const destination = Uint8Array.from([0xfd, ...zeros(14), 1]);
    const source = Uint8Array.from([0xfd, ...zeros(14), 2]);
    const request = getRouteRequest({
      destination,
      source,
      linkIndex: 7,
      mark: 363,
      isTableEntry: true,
    });
    const fixed = [10, 128, 128, 0, 0, 0, 0, 0, ...u32(0x2000)];
    const attributes = [
      attribute(1, [...destination]),
      attribute(2, [...source]),
      attribute(4, u32(7)),
      attribute(16, u32(363)),
    ];
    assert.deepEqual([...request], message(getRoute, [...fixed, ...attributes.flat()], 1));
  });
});
