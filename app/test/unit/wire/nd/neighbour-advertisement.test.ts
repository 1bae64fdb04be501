import assert from 'node:assert/strict';
import { parseIpv6, routerAddress } from '../../../../src/wire/ipv6-address.ts';
import { decodeNdPacket, encodeNdPacket } from '../../../../src/wire/nd/nd-packet.ts';
import { itRefuses } from '../codec-table.ts';
import { bytes, hex } from '../hex.ts';
import { wirePacket } from './wire-packet.ts';

const target = 'fe800000000000000000000000000001';
const mac = '02 01 0242ac110002';
const toHost = { source: 'fe80::1', destination: 'fe80::d4ad:beff:feef:1' };
const toAll = { source: 'fe80::1', destination: 'ff02::1' };

describe('wire/nd/neighbour-advertisement (RFC 4861 section 7.1.2)', () => {
  const rows = [
    { flags: '80', router: true, solicited: false, override: false },
    { flags: '40', router: false, solicited: true, override: false },
    { flags: '20', router: false, solicited: false, override: true },
    { flags: 'e0', router: true, solicited: true, override: true },
  ];
  for (const { flags, router, solicited, override } of rows) {
    it(`converts flags ${flags} both ways`, () => {
      const wire = wirePacket(`88 00 0000 ${flags} 000000 ${target} ${mac}`, toHost);
      const addresses = { source: routerAddress, destination: parseIpv6(toHost.destination)! };
      const message = {
        kind: 'neighbour-advertisement',
        router,
        solicited,
        override,
        target: routerAddress,
        options: [{ kind: 'target-link-layer-address', mac: bytes('0242ac110002') }],
      } as const;
      assert.deepEqual(decodeNdPacket(bytes(wire)), { ...addresses, message });
      assert.equal(hex(encodeNdPacket(addresses, message)), wire);
    });
  }

  const what = 'neighbour advertisement';
  const valid = `88 00 0000 a0 000000 ${target}`;
  itRefuses(decodeNdPacket, [
    { name: 'hop limit 0', wire: wirePacket(valid, { ...toAll, hopLimit: 0 }), what, offset: 0 },
    { name: 'code 1', wire: wirePacket(valid.replace('88 00', '88 01'), toAll), what, offset: 1 },
    { name: '23 bytes', wire: wirePacket(valid.slice(0, -2), toAll), what, offset: 23 },
    {
      name: 'a multicast target',
      wire: wirePacket('88 00 0000 a0 000000 ff020000000000000000000000000001', toAll),
      what,
      offset: 8,
    },
    {
      name: 'the solicited flag in a multicast answer',
      wire: wirePacket(`88 00 0000 e0 000000 ${target}`, toAll),
      what,
      offset: 4,
    },
  ]);
});
