import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  maxExtensionHeaders,
  newUpperLayer,
  walkExtensionHeaders,
  type UpperLayer,
} from '../../../src/wire/extension-headers.ts';
import { heapBytesPerCall } from './allocation.ts';
import { bytes } from './hex.ts';

/** A packet with `next` in its fixed header; the payload length is not looked at. */
function packet(next: number, ...headers: string[]): Uint8Array {
  const fixed = new Uint8Array(40);
  fixed[0] = 0x60;
  fixed[6] = next;
  return Uint8Array.of(...fixed, ...bytes(...headers));
}

function walk(data: Uint8Array): UpperLayer | undefined {
  const upper = newUpperLayer();
  return walkExtensionHeaders(data, 0, data.length, upper) ? upper : undefined;
}

describe('wire/extension-headers', () => {
  const found: [name: string, data: Uint8Array, upper: UpperLayer][] = [
    ['no extension header', packet(58, '80'), { protocol: 58, offset: 40, fragment: 'none' }],
    ['nothing at all', packet(59), { protocol: 59, offset: 40, fragment: 'none' }],
    ['an upper layer without bytes', packet(17), { protocol: 17, offset: 40, fragment: 'none' }],
    [
      'hop-by-hop options with router alert, as in MLD',
      packet(0, '3a00 0502 0000 0100', '83'),
      { protocol: 58, offset: 48, fragment: 'none' },
    ],
    [
      'a header of 16 bytes',
      packet(60, '1101 010c 000000000000000000000000', '00'),
      { protocol: 17, offset: 56, fragment: 'none' },
    ],
    [
      'a routing header, then destination options',
      packet(43, '3c00 0000 00000000', '0600 0104 00000000'),
      { protocol: 6, offset: 56, fragment: 'none' },
    ],
    [
      'an authentication header, whose length counts words of 4 bytes',
      packet(51, '3a04 0000 00000001 00000001 000000000000000000000000'),
      { protocol: 58, offset: 64, fragment: 'none' },
    ],
    [
      'ESP, which hides what follows',
      packet(50, '00'),
      { protocol: 50, offset: 40, fragment: 'none' },
    ],
    [
      'the first fragment',
      packet(44, '3a00 0001 00000001', '87'),
      { protocol: 58, offset: 48, fragment: 'first' },
    ],
    [
      'an atomic fragment',
      packet(44, '3a00 0000 00000001', '87'),
      { protocol: 58, offset: 48, fragment: 'first' },
    ],
    [
      'headers behind the first fragment header',
      packet(44, '3c00 0001 00000001', '3a00 0104 00000000'),
      { protocol: 58, offset: 56, fragment: 'first' },
    ],
    [
      'a later fragment, whose content is not taken for a header',
      packet(44, '3c00 0009 00000001', 'ffff ffff'),
      { protocol: 60, offset: 48, fragment: 'later' },
    ],
    [
      'a mobility header',
      packet(135, '3b00 0000 00000000'),
      { protocol: 59, offset: 48, fragment: 'none' },
    ],
    ['an unknown protocol', packet(253, '00'), { protocol: 253, offset: 40, fragment: 'none' }],
  ];
  for (const [name, data, upper] of found) {
    it(`finds ${name}`, () => assert.deepEqual(walk(data), upper));
  }

  const destinationOptions = (next: number) =>
    `${next.toString(16).padStart(2, '0')}00 0104 00000000`;
  const malformed: Record<string, Uint8Array> = {
    'a packet shorter than the fixed header': packet(59).subarray(0, 39),
    'a header of one byte': packet(0, '3a'),
    'a header of seven bytes': packet(60, '3a00 0104 000000'),
    'a length past the end': packet(60, '3a01 0104 00000000'),
    'the longest length': packet(43, '3aff 0000 00000000'),
    'an authentication header past the end': packet(51, '3a02 0000 00000001 00000001'),
    'a fragment header cut short': packet(44, '3a00 0001'),
    'hop-by-hop options behind another header': packet(
      60,
      '0000 0104 00000000',
      '3a00 0104 00000000',
    ),
    'hop-by-hop options twice': packet(0, '0000 0104 00000000', '3a00 0104 00000000'),
    'one header too many': packet(
      60,
      ...Array.from({ length: maxExtensionHeaders }, () => destinationOptions(60)),
      destinationOptions(58),
    ),
  };
  for (const [name, data] of Object.entries(malformed)) {
    it(`refuses ${name}`, () => assert.equal(walk(data), undefined));
  }

  it('goes through as many headers as allowed', () => {
    const chain = Array.from({ length: maxExtensionHeaders - 1 }, () => destinationOptions(60));
    assert.deepEqual(walk(packet(60, ...chain, destinationOptions(58))), {
      protocol: 58,
      offset: 40 + 8 * maxExtensionHeaders,
      fragment: 'none',
    });
  });

  it('finds the end of any chain, and refuses it cut anywhere before', () => {
    const header = fc.record({
      type: fc.constantFrom(43, 60, 135, 139, 140),
      units: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(header, { minLength: 1, maxLength: maxExtensionHeaders }),
        fc.constantFrom(6, 17, 58, 50, 59),
        fc.nat(30),
        (headers, protocol, off) => {
          const chain = headers.flatMap(({ units }, i) => [
            headers[i + 1]?.type ?? protocol,
            units - 1,
            ...new Array<number>(units * 8 - 2).fill(0xff),
          ]);
          const data = Uint8Array.of(...new Uint8Array(off), ...packet(headers[0]!.type), ...chain);
          const upper = newUpperLayer();
          assert.ok(walkExtensionHeaders(data, off, data.length, upper));
          assert.deepEqual(upper, { protocol, offset: data.length, fragment: 'none' });
          for (let end = off; end < data.length; end++) {
            assert.ok(!walkExtensionHeaders(data, off, end, upper), `cut at ${end}`);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('never leaves the packet, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 200 }), (data) => {
        const upper = walk(data);
        if (upper) assert.ok(upper.offset >= 40 && upper.offset <= data.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not allocate', () => {
    const data = packet(0, '3c00 0502 0000 0100', '2c00 0104 00000000', '3a00 0001 00000001', '87');
    const upper = newUpperLayer();
    assert.ok(heapBytesPerCall(() => walkExtensionHeaders(data, 0, data.length, upper)) < 1);
  });
});
