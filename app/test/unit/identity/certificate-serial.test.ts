import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import {
  commonName,
  generateKey,
  signCertificate,
} from '../../../src/identity/certificate-writer.ts';

describe('serial numbers', () => {
  it('are 19 bytes that DER needs no sign byte for, and differ', () => {
    const { publicKey, privateKey } = generateKey();
    const name = commonName('enf.example');
    const validity = { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') };
    const parts = { issuer: name, subject: name, subjectKey: publicKey, validity };
    const serials = Array.from(
      { length: 32 },
      () => new X509Certificate(signCertificate(parts, privateKey)).serialNumber,
    );
    for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{37}$/);
    assert.equal(new Set(serials).size, serials.length);
  });
});
