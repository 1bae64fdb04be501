import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, instant, seconds } from '../../../src/core/time.ts';
import { maxReassembledPayload, Reassembly } from '../../../src/router/reassembly.ts';
import { fragmentsOf, readFragment } from '../../../src/wire/fragment.ts';
import { encodeIpv6 } from '../../../src/wire/ipv6.ts';
import { createRouter, receive, sent } from './router-fixture.ts';
import * as p from './packets.ts';

const start = instant(1_000_000);

function echo(dataBytes: number, destination = p.router): Uint8Array {
  const data = Uint8Array.from({ length: dataBytes }, (_, i) => i);
  return p.icmpv6(Uint8Array.of(128, 0, 0, 0, 0x12, 0x34, 0, 7, ...data), { destination });
}

/** A fragment of the echo request `whole`. */
function cut(whole: Uint8Array, offset: number, end: number, id = 1, isLast?: boolean): Uint8Array {
  const piece = whole.subarray(40 + offset, 40 + end);
  const place = offset | ((isLast ?? 40 + end >= whole.length) ? 0 : 1);
  const header = [58, 0, place >> 8, place & 0xff, 0, 0, 0, id];
  const addresses = { source: whole.slice(8, 24), destination: whole.slice(24, 40) };
  return encodeIpv6(
    { ...addresses, nextHeader: 44, hopLimit: 64 },
    Uint8Array.of(...header, ...piece),
  );
}

describe('router/reassembly', () => {
  const request = echo(2000);
  const halves = [cut(request, 0, 1232), cut(request, 1232, 2008)] as const;

  for (const [name, pieces] of [
    ['in order', halves],
    ['in the other order', halves.toReversed()],
  ] as const) {
    it(`an echo request in two fragments, ${name}, is answered in two`, () => {
      const side = createRouter();
      assert.deepEqual(receive(side, pieces[0]), []);
      const answers = sent(receive(side, pieces[1]));
      assert.deepEqual(
        answers.map(({ packet }) => packet.length),
        [1280, 824],
      );
      assert.ok(
        answers.every(({ destinationMac }) => p.toHex(destinationMac!) === p.toHex(p.hostMac)),
      );
      const back = new Reassembly();
      const taken = answers.map(({ packet }) =>
        back.take(packet, readFragment(packet)!, undefined, start),
      );
      const expected = p.icmpv6(request.slice(40).with(0, 129), {
        source: p.router,
        destination: p.hostLinkLocal,
        hopLimit: 64,
      });
      assert.deepEqual(taken, ['waiting', expected]);
      assert.deepEqual([side.counters.echoFragments, side.counters.echoReplies], [1, 1]);
    });
  }

  it('RFC 6946: a request in one fragment is answered', () => {
    const small = echo(8);
    const [answer] = sent(receive(createRouter(), cut(small, 0, 16)));
    assert.equal(answer?.packet[40], 129);
  });

  const dropped: [name: string, pieces: Uint8Array[]][] = [
    ['that overlap (RFC 5722)', [halves[0], cut(request, 1224, 2008), halves[1]]],
    ['of which one repeats', [halves[0], halves[0], halves[1]]],
    ['that leave a gap', [halves[0], cut(request, 1240, 2008)]],
    ['three of them', [cut(request, 0, 800), cut(request, 800, 1600), cut(request, 1600, 2008)]],
    ['of odd length', [cut(request, 0, 1231), cut(request, 1232, 2008)]],
    ['without bytes', [halves[0], cut(request, 2008, 2008)]],
    ['beyond what is put together', [halves[0], cut(echo(2600), 1232, 2608)]],
    ['of other identifications', [halves[0], cut(request, 1232, 2008, 2)]],
    ['to a group that is not asked', [cut(echo(2000, p.ip('ff02::1:2')), 0, 1232)]],
  ];
  for (const [name, pieces] of dropped) {
    it(`drops fragments ${name}`, () => {
      const side = createRouter();
      for (const piece of pieces) assert.deepEqual(receive(side, piece), []);
      assert.equal(side.counters.echoReplies, 0);
    });
  }

  const tooLong = echo(2600);
  const voided: [name: string, first: Uint8Array, second: Uint8Array][] = [
    ['the second begins inside the first', halves[0], cut(request, 1224, 2008)],
    ['the second begins behind the end of the first', halves[0], cut(request, 1240, 2008)],
    ['the second ends beyond what may be put together', halves[0], cut(tooLong, 1232, 2608)],
  ];
  for (const [name, first, second] of voided) {
    it(`makes a packet void when ${name}, and what comes of it later`, () => {
      // Not left to the checksum of the request: it would be wrong as well.
      const reassembly = new Reassembly();
      const take = (piece: Uint8Array) =>
        reassembly.take(piece, readFragment(piece)!, p.hostMac, start);
      assert.deepEqual([first, second, halves[1]].map(take), ['waiting', 'void', 'void']);
    });
  }

  it('does not mix stations', () => {
    const side = createRouter();
    receive(side, halves[0], p.hostMac);
    assert.deepEqual(sent(receive(side, halves[1], p.otherMac)).filter(isEcho), []);
    assert.equal(sent(receive(side, halves[1], p.hostMac)).length, 2);
  });

  it('RFC 6980: reads no neighbour discovery in fragments', () => {
    const target = p.hex('87000000 00000000 fe800000000000000000000000000001');
    const solicitation = p.icmpv6(target);
    const side = createRouter();
    for (const piece of [cut(solicitation, 0, 16), cut(solicitation, 16, 24)]) {
      assert.deepEqual(receive(side, piece), []);
    }
    assert.equal(side.counters.fragmentedControl, 1);
  });

  it('waits a minute, for four packets; the oldest gives way', () => {
    const take = (piece: Uint8Array, wait = 0, reassembly = table) =>
      reassembly.take(piece, readFragment(piece)!, p.hostMac, after(start, seconds(wait)));
    const table = new Reassembly();
    take(halves[0]);
    assert.ok(take(halves[1], 59) instanceof Uint8Array);
    take(halves[0], 60);
    assert.equal(take(halves[1], 120), 'waiting', 'too late');
    const full = new Reassembly();
    for (const id of [1, 2, 3, 4, 5]) take(cut(request, 0, 1232, id), 0, full);
    assert.ok(take(cut(request, 1232, 2008, 2), 0, full) instanceof Uint8Array);
    assert.equal(take(halves[1], 0, full), 'waiting', 'the first had to go');
  });

  it('keeps nothing of the buffer it was given', () => {
    const side = createRouter();
    const buffer = halves[0].slice();
    receive(side, buffer);
    buffer.fill(0xff);
    assert.equal(sent(receive(side, halves[1])).length, 2);
  });

  it('puts together what was cut, and never more than it may', () => {
    const lengths = fc.integer({ min: 1, max: 4000 });
    fc.assert(
      fc.property(lengths, fc.nat(0xffffffff), (length, id) => {
        const whole = encodeIpv6(
          { source: p.hostLinkLocal, destination: p.router, nextHeader: 58, hopLimit: 64 },
          Uint8Array.from({ length }, (_, i) => i),
        );
        const reassembly = new Reassembly();
        const pieces = fragmentsOf(whole, id);
        const last = pieces.map((piece) => {
          assert.ok(piece.length <= 1280);
          const fragment = readFragment(piece);
          return fragment && reassembly.take(piece, fragment, undefined, start);
        });
        if (pieces.length > 1 && length <= maxReassembledPayload)
          assert.deepEqual(last.at(-1), whole);
        else assert.ok(!last.some((one) => one instanceof Uint8Array));
      }),
    );
  });
});

function isEcho({ packet }: { packet: Uint8Array }): boolean {
  return packet[6] === 44 || packet[40] === 129;
}
