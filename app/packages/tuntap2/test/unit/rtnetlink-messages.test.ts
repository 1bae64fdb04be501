import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import fc from 'fast-check';
import { parseRouteMessages, type LinkInfo } from '../../src/index.ts';
import { getLinkRequest, parseLinkReply } from '../../src/rtnetlink-messages.ts';

const little = endianness() === 'LE';

function u16(value: number): number[] {
  return little ? [value & 0xff, value >> 8] : [value >> 8, value & 0xff];
}

function u32(value: number): number[] {
  const bytes = [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
  return little ? bytes : bytes.reverse();
}

function padded(bytes: number[]): number[] {
  return [...bytes, ...new Array<number>(-bytes.length & 3).fill(0)];
}

function attribute(type: number, value: number[]): number[] {
  return padded([...u16(4 + value.length), ...u16(type), ...value]);
}

function message(type: number, body: number[]): number[] {
  return padded([...u32(16 + body.length), ...u16(type), ...u16(0), ...u32(0), ...u32(0), ...body]);
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value), 0];
}

function link(index: number, flags: number, ...attributes: number[][]): number[] {
  return [0, 0, ...u16(1), ...u32(index), ...u32(flags), ...u32(0), ...attributes.flat()];
}

const mac = [0x02, 0, 0, 0, 0, 7];
const usb0 = link(
  7,
  0x1003,
  attribute(3, text('usb0')),
  attribute(4, u32(1280)),
  attribute(1, mac),
);
const usb0Info: LinkInfo = {
  index: 7,
  name: 'usb0',
  mac: Uint8Array.from(mac),
  mtu: 1280,
  flags: 0x1003,
  up: true,
  carrier: false,
};
const newLink = 16;
const delLink = 17;

function parse(...messages: number[][]): ReturnType<typeof parseRouteMessages> {
  return parseRouteMessages(Uint8Array.from(messages.flat()));
}

describe('tuntap2/rtnetlink-messages', () => {
  it('reads a link', () => {
    assert.deepEqual(parse(message(newLink, usb0)), [
      { kind: 'link', change: 'set', link: usb0Info },
    ]);
  });

  it('reads several messages of one burst in order', () => {
    const events = parse(
      message(newLink, usb0),
      message(20, [10, 128, 0, 0, ...u32(7)]),
      message(21, [2, 24, 0, 0, ...u32(3)]),
      message(24, [10, ...new Array<number>(11).fill(0)]),
      message(25, [2, ...new Array<number>(11).fill(0)]),
      message(delLink, usb0),
    );
    assert.deepEqual(events, [
      { kind: 'link', change: 'set', link: usb0Info },
      { kind: 'address', change: 'set', family: 6, linkIndex: 7 },
      { kind: 'address', change: 'removed', family: 4, linkIndex: 3 },
      { kind: 'route', change: 'set', family: 6 },
      { kind: 'route', change: 'removed', family: 4 },
      { kind: 'link', change: 'removed', link: usb0Info },
    ]);
  });

  const carriers: [what: string, flags: number, attributes: number[][], carrier: boolean][] = [
    ['the flag IFF_LOWER_UP', 0x11003, [], true],
    ['no flag', 0x1003, [], false],
    ['the attribute, against the flag', 0x11003, [attribute(33, [0])], false],
    ['the attribute alone', 0x1003, [attribute(33, [1])], true],
  ];
  for (const [what, flags, attributes, carrier] of carriers) {
    it(`knows the carrier by ${what}`, () => {
      const body = link(7, flags, attribute(3, text('usb0')), ...attributes);
      assert.equal(parseLinkReply(Uint8Array.from(message(newLink, body)))?.carrier, carrier);
    });
  }

  const ignored: [what: string, bytes: number[]][] = [
    ['an unknown message', message(4711, usb0)],
    ['NLMSG_DONE', message(3, u32(0))],
    ['a bridge port', message(newLink, [7, ...usb0.slice(1)])],
    ['a link without a name', message(newLink, link(7, 1))],
    ['a link with an empty name', message(newLink, link(7, 1, attribute(3, [0])))],
    ['an address of another family', message(20, [17, 0, 0, 0, ...u32(1)])],
    ['a route of another family', message(24, [28, ...new Array<number>(11).fill(0)])],
    ['a link cut short', message(newLink, usb0.slice(0, 15))],
    ['an address cut short', message(20, [10, 128, 0, 0])],
    ['a route cut short', message(24, [10, 0, 0, 0])],
    ['a message without a body', message(newLink, [])],
    ['nothing', []],
    ['half a header', message(newLink, usb0).slice(0, 15)],
    ['a length of zero', [...u32(0), ...message(newLink, usb0).slice(4)]],
    ['a length below the header', [...u32(15), ...message(newLink, usb0).slice(4)]],
    ['a length beyond the end', [...u32(4096), ...message(newLink, usb0).slice(4)]],
    ['a length of 4 GiB', [...u32(0xffffffff), ...message(newLink, usb0).slice(4)]],
  ];
  for (const [what, bytes] of ignored) {
    it(`ignores ${what}`, () => {
      assert.deepEqual(parse(bytes), []);
    });
  }

  const brokenAttributes: [what: string, bytes: number[]][] = [
    ['a length of zero', [...u16(0), ...u16(4)]],
    ['a length below the header', [...u16(3), ...u16(4)]],
    ['a length beyond the end', [...u16(64), ...u16(4)]],
    ['an MTU of two bytes', attribute(4, [1, 1])],
    ['a carrier without a byte', attribute(33, [])],
  ];
  for (const [what, bytes] of brokenAttributes) {
    it(`keeps what it knows of a link with an attribute of ${what}`, () => {
      const body = link(7, 1, attribute(3, text('usb0')), bytes);
      const expected = { ...usb0Info, flags: 1, mtu: 0, mac: new Uint8Array(0) };
      assert.deepEqual(parseLinkReply(Uint8Array.from(message(newLink, body))), expected);
    });
  }

  it('goes on behind messages and attributes that it does not know', () => {
    const body = link(
      7,
      0x1003,
      attribute(0x8000 | 26, [9, 9, 9]),
      attribute(3, text('usb0')),
      attribute(4, u32(1280)),
      attribute(1, mac),
    );
    assert.deepEqual(parse(message(4711, [1, 2, 3]), message(newLink, body)), [
      { kind: 'link', change: 'set', link: usb0Info },
    ]);
  });

  it('reads bytes wherever they stand in their buffer', () => {
    fc.assert(
      fc.property(fc.nat(64), fc.nat(64), (before, after) => {
        const bytes = message(newLink, usb0);
        const buffer = new Uint8Array(before + bytes.length + after).fill(0xff);
        buffer.set(bytes, before);
        const view = buffer.subarray(before, before + bytes.length);
        assert.deepEqual(parseLinkReply(view), usb0Info);
      }),
    );
  });

  it('never throws and never finds more events than fit, whatever the bytes', () => {
    const sound = message(newLink, usb0);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          // Sound messages with a few bytes changed reach further than noise.
          fc
            .tuple(
              fc.integer({ min: 1, max: 4 }),
              fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
              fc.nat(),
            )
            .map(([copies, changes, cut]) => {
              const bytes = Uint8Array.from(new Array(copies).fill(sound).flat() as number[]);
              for (const [at, value] of changes) bytes[at % bytes.length] = value;
              return bytes.subarray(0, cut % (bytes.length + 1));
            }),
        ),
        (bytes) => {
          const original = bytes.slice();
          const events = parseRouteMessages(bytes);
          assert.ok(events.length <= bytes.length / 16);
          assert.deepEqual(bytes, original, 'the input is left as it is');
          for (const event of events) {
            if (event.kind === 'link') assert.notEqual(event.link.name, '');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('asks for a link by index, name or alternative name', () => {
    assert.deepEqual(
      [...getLinkRequest(7)],
      [
        ...u32(32),
        ...u16(18),
        ...u16(1),
        ...u32(0),
        ...u32(0),
        ...new Array<number>(4).fill(0),
        ...u32(7),
        ...u32(0),
        ...u32(0),
      ],
    );
    assert.deepEqual([...getLinkRequest('usb0').subarray(32)], attribute(3, text('usb0')));
    const long = 'usb-ethernet-of-the-card';
    assert.deepEqual([...getLinkRequest(long).subarray(32)], attribute(53, text(long)));
  });
});
