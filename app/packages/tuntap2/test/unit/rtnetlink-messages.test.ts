import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRouteMessages, type LinkInfo } from '../../src/index.ts';
import { getLinkRequest, listLinksRequest, parseLinks } from '../../src/rtnetlink-links.ts';
import {
  attribute,
  delLink,
  link,
  message,
  newLink,
  text,
  u16,
  u32,
  zeros,
} from './rtnetlink-bytes.ts';

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
  kind: '',
  master: undefined,
  lower: undefined,
};
const parseLinkReply = (bytes: Uint8Array): LinkInfo | undefined => parseLinks(bytes)[0];

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
      message(24, [10, ...zeros(11)]),
      message(25, [2, ...zeros(11)]),
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
    it(`reads the carrier from ${what}`, () => {
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
    ['a route of another family', message(24, [28, ...zeros(11)])],
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
    it(`keeps the state of a link with an attribute of ${what}`, () => {
      const body = link(7, 1, attribute(3, text('usb0')), bytes);
      const expected = { ...usb0Info, flags: 1, mtu: 0, mac: new Uint8Array(0) };
      assert.deepEqual(parseLinkReply(Uint8Array.from(message(newLink, body))), expected);
    });
  }

  it('continues behind unknown messages and attributes', () => {
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

  const built: [what: string, attributes: number[][], expected: Partial<LinkInfo>][] = [
    ['a port of a bridge', [attribute(10, u32(4))], { master: 4 }],
    [
      'a VLAN',
      [attribute(5, u32(2)), attribute(18, attribute(1, text('vlan')))],
      { lower: 2, kind: 'vlan' },
    ],
    ['a link on one of another namespace', [attribute(5, u32(2)), attribute(37, u32(0))], {}],
    ['a link that lies on itself', [attribute(5, u32(7))], {}],
    ['a link on none', [attribute(5, u32(0)), attribute(10, u32(0))], {}],
    ['numbers cut short', [attribute(5, [1]), attribute(10, [1, 2, 3])], {}],
    [
      'a kind among other things',
      [attribute(0x8000 | 18, [...attribute(2, [1]), ...attribute(1, text('veth'))])],
      { kind: 'veth' },
    ],
    [
      'a VXLAN, which says it elsewhere',
      [attribute(18, [...attribute(1, text('vxlan')), ...attribute(2, attribute(3, u32(4)))])],
      { kind: 'vxlan', lower: 4 },
    ],
    [
      'the data of another kind',
      [attribute(18, [...attribute(1, text('bond')), ...attribute(2, attribute(3, u32(4)))])],
      { kind: 'bond' },
    ],
    ['a kind with a wrong length', [attribute(18, [...u16(40), ...u16(1), ...text('veth')])], {}],
  ];
  for (const [what, attributes, expected] of built) {
    it(`recognizes ${what}`, () => {
      const body = link(7, 0x1003, attribute(3, text('usb0')), ...attributes);
      const { kind, master, lower } = parseLinkReply(Uint8Array.from(message(newLink, body)))!;
      const none = { kind: '', master: undefined, lower: undefined };
      assert.deepEqual({ kind, master, lower }, { ...none, ...expected });
    });
  }

  it('asks for a link by index, name or alternative name', () => {
    assert.deepEqual(
      [...getLinkRequest(7)],
      [
        ...u32(32),
        ...u16(18),
        ...u16(1),
        ...u32(0),
        ...u32(0),
        ...zeros(4),
        ...u32(7),
        ...u32(0),
        ...u32(0),
      ],
    );
    assert.deepEqual([...getLinkRequest('usb0').subarray(32)], attribute(3, text('usb0')));
    const long = 'usb-ethernet-of-the-card';
    assert.deepEqual([...getLinkRequest(long).subarray(32)], attribute(53, text(long)));
  });

  it('asks for all links, without their counters', () => {
    const body = [...zeros(16), ...attribute(29, u32(8))];
    assert.deepEqual([...listLinksRequest()], message(18, body, 0x301));
  });
});
