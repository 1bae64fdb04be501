import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { redact, redacted } from '../../../../../src/programs/enftun/report/redact.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
const der = privateKey.export({ type: 'pkcs8', format: 'der' });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const sec1 = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
const tss2 =
  '-----BEGIN TSS2 PRIVATE KEY-----\nMIHyBgZngQUKAQOgAwEB\n-----END TSS2 PRIVATE KEY-----\n';

describe('what is taken out of a report', () => {
  const forms: [name: string, text: string][] = [
    ['a PKCS#8 PEM file', pem],
    ['an EC PEM file', sec1],
    ['a TSS2 file', tss2],
    ['a PEM file cut in the middle', pem.slice(0, 120)],
    ['the key as hex', secret.toString('hex')],
    ['the key as hex with colons', secret.toString('hex').replace(/..(?=.)/g, '$&:')],
    ['the key in capitals', secret.toString('hex').toUpperCase()],
    ['the file without its lines', der.toString('base64')],
    ['the file as base64url', der.toString('base64url')],
    ['the file in short lines', der.toString('base64').replace(/.{20}/g, '$&\n')],
    ['the file as hex', der.toString('hex')],
  ];
  for (const [name, text] of forms) {
    it(name, () => {
      const clean = redact(`before!\n${text}\n!after`, [], [secret]);
      assert.ok(clean.includes(redacted), clean);
      assert.match(clean, /^before!/);
      for (let at = 0; at + 24 <= text.length; at += 8) {
        assert.ok(!clean.includes(text.slice(at, at + 24)), `${text.slice(at, at + 24)} is left`);
      }
    });
  }

  it('a password, wherever it stands', () => {
    assert.equal(redact('a hunter2 b "hunter2"', ['hunter2'], []), `a ${redacted} b "${redacted}"`);
  });

  it('base64 at any offset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (prefix) => {
        const text = Buffer.concat([prefix, secret]).toString('base64');
        assert.equal(redact(text, [], [secret]), redacted);
      }),
    );
  });

  it('and nothing else', () => {
    const text = [
      '-----BEGIN CERTIFICATE-----\nMIIBJzCBzwIIYUquXYZXXdswCgYIKoZIzj0EAwIw\n-----END CERTIFICATE-----',
      'fingerprint256: 4B:D3:76:22:4D:4B:D3:76:22:4D:4B:D3:76:22:4D:4B',
      'enftun 0.1.0, Node.js v20 and a long line of words that is not a key at all',
    ].join('\n');
    assert.equal(redact(text, ['abc'], [secret]), text);
  });
});
