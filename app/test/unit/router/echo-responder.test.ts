import assert from 'node:assert/strict';
import { createRouter, onlySent, receive } from './router-fixture.ts';
import * as p from './packets.ts';

const request = p.hex('80000000 1234 0007 68656c6c6f');

describe('router/echo-responder', () => {
  for (const destination of ['fe80::1', 'ff02::1', 'ff02::2']) {
    it(`RFC 4443 4.2: answers ping to ${destination} from fe80::1 with the same data`, () => {
      const side = createRouter();
      const packet = p.icmpv6(request, { destination: p.ip(destination), hopLimit: 64 });
      const reply = onlySent(receive(side, packet));
      const expected = p.icmpv6(request.with(0, 129), {
        source: p.router,
        destination: p.hostLinkLocal,
        hopLimit: 64,
      });
      assert.equal(p.toHex(reply.packet), p.toHex(expected));
      assert.deepEqual(reply.destinationMac, p.hostMac);
      assert.deepEqual([side.counters.echoRequests, side.counters.echoReplies], [1, 1]);
    });
  }

  for (const destination of [
    'fe80::2',
    'febf::1',
    'ff02::1:2',
    'ff02::3',
    'ff02::1:ff00:1',
    'ff01::1',
  ]) {
    it(`RFC 4443 4.2: does not answer in the place of ${destination}`, () => {
      const side = createRouter();
      const packet = p.icmpv6(request, { destination: p.ip(destination), hopLimit: 64 });
      assert.deepEqual(receive(side, packet), []);
      assert.deepEqual([side.counters.otherDestination, side.counters.echoReplies], [1, 0]);
    });
  }

  it('answers a request of the full MTU from our address', () => {
    const full = Uint8Array.of(...request, ...new Uint8Array(1280 - 40 - request.length));
    const packet = p.icmpv6(full, { source: p.ownAddress, hopLimit: 1 });
    assert.equal(onlySent(receive(createRouter(), packet)).packet.length, 1280);
  });

  it('answers a host that ignores the MTU with as many bytes as it sent', () => {
    const long = Uint8Array.of(...request, ...new Uint8Array(1500 - 40 - request.length));
    assert.equal(onlySent(receive(createRouter(), p.icmpv6(long))).packet.length, 1500);
  });

  for (const source of ['::', '::1', 'ff02::1', 'fe80::1']) {
    it(`does not answer ${source}`, () => {
      const side = createRouter();
      assert.deepEqual(receive(side, p.icmpv6(request, { source: p.ip(source) })), []);
      assert.equal(side.counters.unusableSource, 1);
    });
  }

  const malformed: [name: string, packet: Uint8Array][] = [
    ['a wrong checksum', p.icmpv6(request).with(50, 0)],
    ['code 1', p.icmpv6(request.with(1, 1))],
    ['no sequence number', p.icmpv6(p.hex('80000000 1234'))],
  ];
  for (const [name, packet] of malformed) {
    it(`drops a request with ${name}`, () => {
      const side = createRouter();
      assert.deepEqual(receive(side, packet), []);
      assert.equal(side.counters.malformed, 1);
      assert.equal(side.counters.echoReplies, 0);
    });
  }

  it('drops a request in fragments', () => {
    const side = createRouter();
    const fragment = p.withExtensionHeader(p.icmpv6(request), 44, p.hex('0000000100000001'));
    assert.deepEqual(receive(side, fragment), []);
    assert.equal(side.counters.fragmentedControl, 1);
  });

  it('never answers a reply', () => {
    const side = createRouter();
    assert.deepEqual(receive(side, p.icmpv6(request.with(0, 129))), []);
    assert.equal(side.counters.otherIcmpv6, 1);
  });
});
