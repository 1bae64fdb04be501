import assert from 'node:assert/strict';
import { InternalError } from '../../../../src/core/errors.ts';
import { duidFromMac, duidFromUuid, isPlausibleDuid } from '../../../../src/wire/dhcpv6/duid.ts';
import { bytes, hex } from '../hex.ts';

describe('wire/dhcpv6/duid', () => {
  it('makes a DUID-UUID of all 16 bytes (RFC 6355)', () => {
    const uuid = '0102030405060708090a0b0c0d0e0f10';
    assert.equal(hex(duidFromUuid(bytes(uuid))), `0004${uuid}`);
    assert.throws(() => duidFromUuid(bytes('00')), InternalError);
  });

  it('makes a DUID-LL of a MAC address (RFC 8415 section 11.4)', () => {
    assert.equal(hex(duidFromMac(bytes('0242ac110001'))), '000300010242ac110001');
    assert.throws(() => duidFromMac(bytes('0242ac1100')), InternalError);
  });

  it('takes 3 to 130 bytes from others', () => {
    const lengths = [0, 2, 3, 130, 131];
    const plausible = lengths.filter((length) => isPlausibleDuid(new Uint8Array(length)));
    assert.deepEqual(plausible, [3, 130]);
  });
});
