import assert from 'node:assert/strict';
import { decodeNdPacket } from '../../../../src/wire/nd/nd-packet.ts';
import { itRefuses } from '../codec-table.ts';
import { bytes } from '../hex.ts';
import { wirePacket } from './wire-packet.ts';

const target = 'fe800000000000000000000000000009';
const destination = '20010db8000000000000000000000001';
const valid = `89 00 0000 00000000 ${target} ${destination}`;

describe('wire/nd/redirect (RFC 4861 section 8.1)', () => {
  it('decodes a redirect to another router', () => {
    assert.deepEqual(decodeNdPacket(bytes(wirePacket(valid))).message, {
      kind: 'redirect',
      target: bytes(target),
      destination: bytes(destination),
      options: [],
    });
  });

  it('decodes a redirect to a neighbour, with options', () => {
    const wire = wirePacket(`89 00 0000 00000000 ${destination} ${destination} 02 01 0242ac110002`);
    assert.deepEqual(decodeNdPacket(bytes(wire)).message, {
      kind: 'redirect',
      target: bytes(destination),
      destination: bytes(destination),
      options: [{ kind: 'target-link-layer-address', mac: bytes('0242ac110002') }],
    });
  });

  const what = 'redirect';
  itRefuses(decodeNdPacket, [
    { name: 'hop limit 254', wire: wirePacket(valid, { hopLimit: 254 }), what, offset: 0 },
    {
      name: 'a source that is not link-local',
      wire: wirePacket(valid, { source: 'fd00::1' }),
      what,
      offset: 0,
    },
    { name: 'code 1', wire: wirePacket(valid.replace('89 00', '89 01')), what, offset: 1 },
    { name: '39 bytes', wire: wirePacket(valid.slice(0, -2)), what, offset: 39 },
    {
      name: 'a multicast destination',
      wire: wirePacket(`89 00 0000 00000000 ${target} ff0e0000000000000000000000000001`),
      what,
      offset: 24,
    },
    {
      name: 'a target that is neither a router nor the destination',
      wire: wirePacket(`89 00 0000 00000000 20010db8000000000000000000000002 ${destination}`),
      what,
      offset: 8,
    },
  ]);
});
