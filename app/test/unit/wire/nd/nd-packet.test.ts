import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseIpv6, routerAddress } from '../../../../src/wire/ipv6-address.ts';
import { decodeNdPacket, encodeNdPacket } from '../../../../src/wire/nd/nd-packet.ts';
import { itRefuses, parseErrorOf } from '../codec-table.ts';
import { bytes } from '../hex.ts';
import { linkVectors } from '../link-vectors.ts';
import { ndMessage } from './arbitraries.ts';
import { wirePacket } from './wire-packet.ts';

const solicitation = '85 00 0000 00000000';

describe('wire/nd/nd-packet', () => {
  it('finds the message behind extension headers', () => {
    const extension = { nextHeader: 0, wire: '3a00 0104 00000000' };
    const packet = bytes(wirePacket(solicitation, { extension }));
    assert.deepEqual(decodeNdPacket(packet).message, { kind: 'router-solicitation', options: [] });
  });

  const what = 'ND packet';
  itRefuses(decodeNdPacket, [
    { name: 'nothing', wire: '', what: 'IPv6 header', offset: 0 },
    {
      name: 'a message without a byte',
      wire: wirePacket(''),
      what: 'ICMPv6 header',
      offset: 0,
    },
    {
      name: 'a wrong checksum',
      wire: wirePacket(solicitation).replace(/00000000$/, '00000001'),
      what: 'ICMPv6 header',
      offset: 2,
    },
    { name: 'an echo request', wire: wirePacket('80 00 0000 00000000'), what, offset: 40 },
    {
      name: 'an atomic fragment (RFC 6980)',
      wire: wirePacket(solicitation, { extension: { nextHeader: 44, wire: '3a00 0000 00000001' } }),
      what,
      offset: 40,
    },
    {
      name: 'UDP',
      wire: wirePacket(solicitation, { extension: { nextHeader: 60, wire: '1100 0104 00000000' } }),
      what,
      offset: 48,
    },
    {
      name: 'malformed extension headers',
      wire: wirePacket(solicitation, { extension: { nextHeader: 60, wire: '3aff 0104 00000000' } }),
      what,
      offset: 40,
    },
  ]);

  it('decodes what it encoded, for any message', () => {
    const host = parseIpv6('fe80::2')!;
    fc.assert(
      fc.property(ndMessage, (message) => {
        const addresses = { source: routerAddress, destination: host };
        const packet = encodeNdPacket(addresses, message);
        assert.deepEqual(decodeNdPacket(packet), { ...addresses, message });
      }),
    );
  });

  it('throws nothing but ParseError at any message with a valid checksum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 133, max: 137 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom('fe80::2', '::', 'fd00::1'),
        fc.constantFrom('fe80::1', 'ff02::1', 'ff02::1:ff00:1'),
        (type, body, source, destination) => {
          const message = `${type.toString(16)} 00 0000`;
          const packet = wirePacket(message + Buffer.from(body).toString('hex'), {
            source,
            destination,
          });
          parseErrorOf(() => decodeNdPacket(bytes(packet)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('refuses every vector that is cut short', () => {
    for (const [name, packet] of Object.entries(linkVectors)) {
      for (let end = 0; end < packet.length; end++) {
        assert.ok(
          parseErrorOf(() => decodeNdPacket(packet.subarray(0, end))),
          `${name}, ${end}`,
        );
      }
    }
  });
});
