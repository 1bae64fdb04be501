import assert from 'node:assert/strict';
import { InternalError } from '../../../../src/core/errors.ts';
import { allNodes, routerAddress } from '../../../../src/wire/ipv6-address.ts';
import { decodeNdPacket, encodeNdPacket } from '../../../../src/wire/nd/nd-packet.ts';
import type { RouterAdvertisement } from '../../../../src/wire/nd/router-advertisement.ts';
import { itRefuses } from '../codec-table.ts';
import { bytes, hex } from '../hex.ts';
import { wirePacket } from './wire-packet.ts';

const router = { source: 'fe80::1', destination: 'ff02::1' };
const addresses = { source: routerAddress, destination: allNodes };
const quiet: RouterAdvertisement = {
  kind: 'router-advertisement',
  curHopLimit: 0,
  managed: false,
  otherConfig: false,
  preference: 'medium',
  routerLifetime: 0,
  reachableTimeMs: 0,
  retransTimerMs: 0,
  options: [],
};

describe('wire/nd/router-advertisement (RFC 4861 section 6.1.2)', () => {
  const rows: [name: string, wire: string, message: RouterAdvertisement][] = [
    ['nothing but zeros', '86 00 0000 00 00 0000 00000000 00000000', quiet],
    [
      'every field',
      '86 00 0000 40 c8 2328 00007530 000003e8 05 01 0000 00000500',
      {
        kind: 'router-advertisement',
        curHopLimit: 64,
        managed: true,
        otherConfig: true,
        preference: 'high',
        routerLifetime: 9000,
        reachableTimeMs: 30000,
        retransTimerMs: 1000,
        options: [{ kind: 'mtu', mtuBytes: 1280 }],
      },
    ],
    ['low preference', '86 00 0000 00 18 0000 00000000 00000000', { ...quiet, preference: 'low' }],
    [
      'other configuration alone',
      '86 00 0000 00 40 0000 00000000 00000000',
      { ...quiet, otherConfig: true },
    ],
  ];
  for (const [name, wire, message] of rows) {
    it(`converts ${name} both ways`, () => {
      const packet = wirePacket(wire, router);
      assert.deepEqual(decodeNdPacket(bytes(packet)), { ...addresses, message });
      assert.equal(hex(encodeNdPacket(addresses, message)), packet);
    });
  }

  it('ignores unknown flags', () => {
    const packet = bytes(wirePacket('86 00 0000 00 27 0000 00000000 00000000', router));
    assert.deepEqual(decodeNdPacket(packet).message, quiet);
  });

  const what = 'router advertisement';
  const zeros = '86 00 0000 00 00 0000 00000000 00000000';
  itRefuses(decodeNdPacket, [
    { name: 'hop limit 1', wire: wirePacket(zeros, { ...router, hopLimit: 1 }), what, offset: 0 },
    {
      name: 'a source that is not link-local',
      wire: wirePacket(zeros, { ...router, source: 'fd00::1' }),
      what,
      offset: 0,
    },
    { name: 'code 1', wire: wirePacket(zeros.replace('86 00', '86 01'), router), what, offset: 1 },
    { name: '15 bytes', wire: wirePacket(zeros.slice(0, -2), router), what, offset: 15 },
  ]);

  it('calls a router lifetime over 65535 s a fault of ours', () => {
    const message = { ...quiet, routerLifetime: 0x10000 };
    assert.throws(() => encodeNdPacket(addresses, message), InternalError);
  });
});
