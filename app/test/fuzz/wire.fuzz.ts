/**
 * Every parser of the wire layer: nothing but ParseError comes out, and what was accepted survives encode and decode.
 */
import assert from 'node:assert/strict';
import { ParseError } from '../../src/core/errors.ts';
import { decodeDhcpv6Message, encodeDhcpv6Message } from '../../src/wire/dhcpv6/dhcpv6-message.ts';
import { decodeDomainNames, encodeDomainNames } from '../../src/wire/domain-name.ts';
import { newUpperLayer, walkExtensionHeaders } from '../../src/wire/extension-headers.ts';
import {
  frameLength,
  isFrameTooLong,
  nextFrame,
  wholeFramesEnd,
} from '../../src/wire/frame-stream.ts';
import { decodeEcho } from '../../src/wire/icmpv6-echo.ts';
import { decodeIcmpv6Error } from '../../src/wire/icmpv6-error.ts';
import { decodeIcmpv6 } from '../../src/wire/icmpv6.ts';
import { formatIpv6, parseIpv6 } from '../../src/wire/ipv6-address.ts';
import { decodeIpv6, encodeIpv6 } from '../../src/wire/ipv6.ts';
import { decodeNdPacket, encodeNdPacket } from '../../src/wire/nd/nd-packet.ts';
import { decodeUdp, encodeUdp } from '../../src/wire/udp.ts';
import { fuzzTarget } from './fuzz-target.ts';
import { repair } from './repair.ts';

/** True when `run` came through, false on a ParseError; anything else it throws is a finding. */
function accepts(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof ParseError && error.offset >= 0) return false;
    throw error;
  }
}

fuzzTarget('nd-packet', (packet) => {
  repair(packet);
  return accepts(() => {
    const decoded = decodeNdPacket(packet);
    const { message } = decoded;
    if (message.kind === 'redirect') return;
    assert.deepEqual(decodeNdPacket(encodeNdPacket(decoded, message)), decoded);
  });
});

fuzzTarget('dhcpv6-message', (payload) =>
  accepts(() => {
    const message = decodeDhcpv6Message(payload);
    // Not the same bytes: text that is not UTF-8 was replaced. That may make the message longer than a packet.
    if (payload.length > 400) return;
    assert.deepEqual(decodeDhcpv6Message(encodeDhcpv6Message(message)), message);
  }),
);

fuzzTarget('ipv6-packet', (packet) => {
  repair(packet);
  return accepts(() => {
    const ip = decodeIpv6(packet);
    assert.deepEqual(encodeIpv6(ip, ip.payload), packet);
    const upper = newUpperLayer();
    if (!walkExtensionHeaders(packet, 0, packet.length, upper)) return;
    assert.ok(upper.offset >= 40 && upper.offset <= packet.length);
    const rest = packet.subarray(upper.offset);
    if (upper.fragment === 'later') return;
    if (upper.protocol === 17) {
      assert.deepEqual(encodeUdp(ip, decodeUdp(ip, rest)), rest);
    } else if (upper.protocol === 58) {
      const message = decodeIcmpv6(ip, rest);
      accepts(() => decodeEcho(message));
      accepts(() => decodeIcmpv6Error(message));
    }
  });
});

fuzzTarget('frame-stream', (stream) => {
  const whole = wholeFramesEnd(stream, 0, stream.length, 100);
  let at = 0;
  while (at < whole) {
    assert.ok(frameLength(stream, at) <= 100);
    at = nextFrame(stream, at);
  }
  assert.equal(at, whole);
  assert.ok(whole <= stream.length);
  return !isFrameTooLong(stream, whole, stream.length, 100);
});

fuzzTarget('domain-names', (bytes) =>
  accepts(() => {
    const names = decodeDomainNames(bytes, 'names', false);
    assert.deepEqual(encodeDomainNames(names), bytes);
  }),
);

fuzzTarget('address-text', (bytes) => {
  const address = parseIpv6(String.fromCharCode(...bytes));
  if (address === undefined) return false;
  assert.equal(address.length, 16);
  assert.deepEqual(parseIpv6(formatIpv6(address)), address);
  return true;
});
