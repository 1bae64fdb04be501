import assert from 'node:assert/strict';
import { routerAddress, parseIpv6, unspecifiedAddress } from '../../../../src/wire/ipv6-address.ts';
import { decodeNdPacket, encodeNdPacket } from '../../../../src/wire/nd/nd-packet.ts';
import { itRefuses } from '../codec-table.ts';
import { bytes, hex } from '../hex.ts';
import { wirePacket } from './wire-packet.ts';

const target = 'fe800000000000000000000000000001';
const group = 'ff02::1:ff00:1';
const host = { source: 'fe80::d4ad:beff:feef:1', destination: group };
const withoutMac = `87 00 0000 00000000 ${target}`;
const withMac = `${withoutMac} 01 01 d6adbeef0001`;

describe('wire/nd/neighbour-solicitation (RFC 4861 section 7.1.1)', () => {
  const rows = [
    {
      name: 'address resolution',
      wire: wirePacket(withMac, host),
      source: parseIpv6(host.source)!,
      destination: parseIpv6(group)!,
      options: [{ kind: 'source-link-layer-address', mac: bytes('d6adbeef0001') } as const],
    },
    {
      name: 'a probe of reachability, to the target itself',
      wire: wirePacket(withoutMac, { ...host, destination: 'fe80::1' }),
      source: parseIpv6(host.source)!,
      destination: routerAddress,
      options: [],
    },
    {
      name: 'duplicate address detection with a nonce (RFC 7527)',
      wire: wirePacket(`${withoutMac} 0e 01 a1a2a3a4a5a6`, { source: '::', destination: group }),
      source: unspecifiedAddress,
      destination: parseIpv6(group)!,
      options: [{ kind: 'unknown', type: 14, data: bytes('a1a2a3a4a5a6') } as const],
    },
  ];
  for (const { name, wire, source, destination, options } of rows) {
    it(`converts ${name} both ways`, () => {
      const message = { kind: 'neighbour-solicitation', target: routerAddress, options } as const;
      assert.deepEqual(decodeNdPacket(bytes(wire)), { source, destination, message });
      assert.equal(hex(encodeNdPacket({ source, destination }, message)), wire);
    });
  }

  const what = 'neighbour solicitation';
  itRefuses(decodeNdPacket, [
    { name: 'hop limit 64', wire: wirePacket(withMac, { ...host, hopLimit: 64 }), what, offset: 0 },
    { name: 'code 9', wire: wirePacket(withMac.replace('87 00', '87 09'), host), what, offset: 1 },
    { name: '23 bytes', wire: wirePacket(withoutMac.slice(0, -2), host), what, offset: 23 },
    {
      name: 'a multicast target',
      wire: wirePacket('87 00 0000 00000000 ff020000000000000000000000000001', host),
      what,
      offset: 8,
    },
    {
      name: 'duplicate address detection to all nodes',
      wire: wirePacket(withoutMac, { source: '::', destination: 'ff02::1' }),
      what,
      offset: 8,
    },
    {
      name: 'duplicate address detection to the target itself',
      wire: wirePacket(withoutMac, { source: '::', destination: 'fe80::1' }),
      what,
      offset: 8,
    },
    {
      name: 'duplicate address detection with a MAC',
      wire: wirePacket(withMac, { source: '::', destination: group }),
      what,
      offset: 24,
    },
    {
      name: 'an option of length 0',
      wire: wirePacket(`${withoutMac} 01 00 d6adbeef0001`, host),
      what: 'ND options',
      offset: 1,
    },
  ]);
});
