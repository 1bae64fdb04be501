import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  answerEchoRequest,
  answerEchoRequest4,
  returnDatagram,
} from '../../../../src/dev/enf-server/echo.ts';
import { hasValidChecksum } from '../../../../src/wire/checksum.ts';
import { bytes, hex } from '../../wire/hex.ts';
import { vector } from '../../wire/link-vectors.ts';
import { addressOne, datagram, elsewhere, ping } from './enf-fixture.ts';

describe('enf-server/echo', () => {
  it('answers the heartbeat byte for byte', () => {
    const packet = vector('heartbeat request');
    assert.equal(answerEchoRequest(packet, 0, packet.length), true);
    assert.equal(hex(packet), hex(vector('heartbeat reply framed').subarray(2)));
  });

  it('works at any place of a burst and touches nothing around it', () => {
    const request = ping(addressOne, elsewhere, Uint8Array.of(1, 2, 3));
    const burst = new Uint8Array(request.length + 20).fill(0xaa);
    burst.set(request, 10);
    assert.equal(answerEchoRequest(burst, 10, 10 + request.length), true);
    assert.deepEqual([...burst.subarray(0, 10), ...burst.subarray(-10)], Array(20).fill(0xaa));
    assert.ok(hasValidChecksum(burst, 10, 58, 50, 10 + request.length));
  });

  const request = vector('heartbeat request');
  const unanswerable: [name: string, packet: Uint8Array][] = [
    ['a wrong checksum', request.with(43, request[43]! ^ 1)],
    ['another code', request.with(41, 1)],
    ['a reply', vector('heartbeat reply framed').slice(2)],
    ['UDP', request.with(6, 17)],
    ['cut inside the header', request.slice(0, 47)],
    ['no ICMPv6 at all', request.slice(0, 40)],
  ];
  for (const [name, packet] of unanswerable) {
    it(`leaves alone what is not an echo request: ${name}`, () => {
      const before = hex(packet);
      assert.equal(answerEchoRequest(packet, 0, packet.length), false);
      assert.equal(hex(packet), before);
    });
  }

  it('returns a datagram with ports and addresses exchanged', () => {
    const packet = datagram(addressOne, elsewhere, 60, 9);
    const expected = datagram(elsewhere, addressOne, 60, 9);
    // Ports too: the builder always sends from 4000 to 5000.
    expected.set([0x13, 0x88, 0x0f, 0xa0], 40);
    assert.equal(returnDatagram(packet, 0, packet.length), true);
    assert.equal(hex(packet), hex(expected));
  });

  it('answers a ping over IPv4', () => {
    const packet = bytes('4500 001c 0001 0000 4001 0000 0a000001 0a000002', '0800 f7fd 0001 0001');
    assert.equal(answerEchoRequest4(packet, 0, packet.length), true);
    assert.equal(
      hex(packet),
      hex(bytes('4500 001c 0001 0000 4001 0000 0a000002 0a000001', '0000 fffd 0001 0001')),
    );
  });

  it('never reads or writes past a packet of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (packet) => {
        for (const answer of [answerEchoRequest, returnDatagram, answerEchoRequest4]) {
          const copy = Uint8Array.from([...packet, 1, 2, 3]);
          answer(copy, 0, packet.length);
          assert.deepEqual([...copy.subarray(-3)], [1, 2, 3]);
        }
      }),
    );
  });
});
