import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { ParseError } from '../../../src/core/errors.ts';
import { readCertificateFields } from '../../../src/identity/certificate-fields.ts';
import { createAuthority } from '../../../src/dev/pki/authority.ts';
import { certificateDer, commonName, organization, tlv } from './certificate-der.ts';

describe('certificate fields', () => {
  it('reads what the development authority issues', () => {
    const { cert } = createAuthority().issueClient('fd00:8f80:1::1234');
    const certificate = new X509Certificate(cert);
    const fields = readCertificateFields(certificate.raw);
    assert.equal(fields.commonName, 'fd008f80000100000000000000001234');
    assert.equal(fields.notAfter.toISOString(), '9999-12-31T23:59:59.000Z');
  });

  const names: [title: string, subject: Uint8Array[][], expected: string | undefined][] = [
    ['the first of several', [[commonName('a')], [commonName('b')]], 'a'],
    ['one behind other attributes', [[organization('CN=x')], [commonName('a')]], 'a'],
    ['one inside a relative name of two attributes', [[organization('o'), commonName('a')]], 'a'],
    ['none', [[organization('o')]], undefined],
    ['none in an empty subject', [], undefined],
    ['UTF8String', [[commonName('é')]], 'é'],
    ['PrintableString', [[commonName('a', 0x13)]], 'a'],
    ['IA5String', [[commonName('a', 0x16)]], 'a'],
    ['BMPString', [[commonName(Buffer.from('00610062', 'hex'), 0x1e)]], 'ab'],
    ['UniversalString', [[commonName(Buffer.from('0000006100000062', 'hex'), 0x1c)]], 'ab'],
    ['a comma and an equals sign as they are', [[commonName('a, CN=b')]], 'a, CN=b'],
  ];
  for (const [title, subject, expected] of names) {
    it(`common name: ${title}`, () => {
      assert.equal(readCertificateFields(certificateDer({ subject })).commonName, expected);
    });
  }

  it('reads a certificate of version 1, which has no version field', () => {
    assert.equal(
      readCertificateFields(certificateDer({ hasVersion: false })).commonName,
      'fd00::1',
    );
  });

  const times: [title: string, time: Uint8Array, milliseconds: number][] = [
    ['year 0000', tlv(0x18, '00000101000000Z'), -62167219200000],
    ['year 0099, not 1999', tlv(0x18, '00990101000000Z'), -59042995200000],
    ['year 9999', tlv(0x18, '99991231235959Z'), 253402300799000],
    ['UTCTime of 1950', tlv(0x17, '500101000000Z'), Date.UTC(1950, 0, 1)],
    ['UTCTime of 2049', tlv(0x17, '491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59)],
    ['29 February', tlv(0x18, '20240229120000Z'), Date.UTC(2024, 1, 29, 12)],
  ];
  for (const [title, notBefore, expected] of times) {
    it(`validity: ${title}`, () => {
      assert.equal(
        readCertificateFields(certificateDer({ notBefore })).notBefore.getTime(),
        expected,
      );
    });
  }

  const malformed: [title: string, der: Uint8Array, message: RegExp][] = [
    ['nothing', new Uint8Array(), /a certificate expected, the end found/],
    ['no sequence', Uint8Array.of(0x04, 0), /a certificate expected, tag 0x04 found/],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 0, 0), /length that DER does not allow/],
    ['a length of five bytes', Uint8Array.of(0x30, 0x85, 0, 0, 0, 0, 1), /DER does not allow/],
    ['a length beyond the end', Uint8Array.of(0x30, 0x05, 0), /5 bytes announced, 1 left/],
    ['an end inside a length', Uint8Array.of(0x30, 0x82, 1), /ends where a length is expected/],
    [
      'a long tag',
      tlv(
        0x30,
        tlv(0x30, tlv(0xa0), tlv(2), tlv(0x30), tlv(0x30), tlv(0x30, Uint8Array.of(0x3f, 0x81, 0))),
      ),
      /tag numbers above 30/,
    ],
    [
      'a time with an offset',
      certificateDer({ notBefore: tlv(0x17, '2001020304+0100') }),
      /is not a time/,
    ],
    [
      'a two-digit year in GeneralizedTime',
      certificateDer({ notBefore: tlv(0x18, '200102030405Z') }),
      /is not a time/,
    ],
    [
      'a time that fills a file, of which a message shows the beginning',
      certificateDer({ notBefore: tlv(0x17, '1'.repeat(500_000)) }),
      /^.{0,60}"1{20}" is not a time$/,
    ],
    [
      'a time of another type',
      certificateDer({ notAfter: tlv(0x0c, '200102030405Z') }),
      /is not a time/,
    ],
    [
      'a name of no string type',
      certificateDer({ subject: [[commonName('a', 0x02)]] }),
      /no string type/,
    ],
    [
      'a name without a value',
      certificateDer({ subject: [[tlv(0x30, tlv(0x06, Uint8Array.of(0x55, 4, 3)))]] }),
      /ends where a tag/,
    ],
  ];
  for (const [title, der, message] of malformed) {
    it(`refuses ${title}`, () => {
      assert.throws(
        () => readCertificateFields(der),
        (error) => {
          assert.ok(error instanceof ParseError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('answers any damage to a certificate with fields or a ParseError', () => {
    const valid = certificateDer();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(valid.length),
        (changes, length) => {
          const damaged = Uint8Array.from(valid).subarray(0, length);
          for (const [at, byte] of changes) if (at < length) damaged[at] = byte;
          try {
            readCertificateFields(damaged);
          } catch (error) {
            assert.ok(error instanceof ParseError, String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
