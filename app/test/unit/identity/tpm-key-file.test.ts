import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { curves, encodeKeyFile, signingTemplate, type PublicArea } from 'tss2-node';
import { createAuthority } from '../../../src/dev/pki/authority.ts';
import { loadIdentity } from '../../../src/identity/files.ts';
import { IdentityError } from '../../../src/identity/identity-error.ts';
import { decodeTpmKeyFile } from '../../../src/identity/tpm/tpm-key-file.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

const authority = createAuthority();
const client = authority.issueClient('fd00:8f80:1::1234');

/** What a TPM would say about this key. */
function areaOf(key: KeyObject, curve: number = curves.NIST_P256): PublicArea {
  const { x, y } = key.export({ format: 'jwk' });
  // TPMs may leave out leading zeros.
  const short = (text: string | undefined): Uint8Array => {
    const bytes = Buffer.from(text!, 'base64url');
    return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  };
  return { ...signingTemplate, curve, point: { x: short(x), y: short(y) } };
}

function keyFile(area: PublicArea): string {
  return encodeKeyFile({
    public: area,
    private: Buffer.alloc(126, 1),
    parent: 0x81000001,
    emptyAuth: true,
  });
}

describe('tpm-key-file', () => {
  const folder = scratchFolder();
  const publicKey = createPublicKey(createPrivateKey(client.key));

  function write(text: string) {
    const at = (name: string): string => path.join(folder(), name);
    writeFileSync(at('ca.pem'), authority.cert);
    writeFileSync(at('cert.pem'), client.cert);
    writeFileSync(at('key.pem'), text, { mode: 0o600 });
    return { caCertFile: at('ca.pem'), certFile: at('cert.pem'), keyFile: at('key.pem') };
  }

  it('is compared with the certificate without the TPM, and taken as one block', async () => {
    const text = keyFile(areaOf(publicKey));
    const files = write(`made in the factory\r\n${text.replaceAll('\n', '\r\n')}`);
    const identity = await loadIdentity(files);
    assert.match(identity.key, /^-----BEGIN TSS2 PRIVATE KEY-----/);
    assert.equal(identity.addressText, 'fd00:8f80:1::1234');
    assert.equal(identity.tpmKey, undefined);
  });

  it('of another certificate is refused as any other key', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
    await assert.rejects(
      loadIdentity(write(keyFile(areaOf(other)))),
      (error) => error instanceof IdentityError && error.step === 'pair',
    );
  });

  it('has its public key whatever zeros the TPM left out', () => {
    for (const [namedCurve, curve] of [
      ['prime256v1', curves.NIST_P256],
      ['secp384r1', curves.NIST_P384],
      ['secp521r1', curves.NIST_P521],
    ] as const) {
      let found;
      do found = generateKeyPairSync('ec', { namedCurve }).publicKey;
      while (curve === curves.NIST_P256 && areaHasFullPoint(found));
      assert.ok(decodeTpmKeyFile('k', keyFile(areaOf(found, curve))).publicKey.equals(found));
    }
  });

  it('may hold an RSA key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const modulus = Buffer.from(rsa.export({ format: 'jwk' }).n!, 'base64url');
    const { nameAlgorithm, attributes, authPolicy } = signingTemplate;
    const common = { nameAlgorithm, attributes, authPolicy, symmetric: null, scheme: null };
    const area = { type: 'rsa', ...common, keyBits: 2048, exponent: 0, modulus } as const;
    assert.ok(decodeTpmKeyFile('k', keyFile(area)).publicKey.equals(rsa));
  });

  it('on a curve that TLS does not have is refused', () => {
    const area = { ...areaOf(publicKey), curve: curves.BN_P256 } as PublicArea;
    assert.throws(() => decodeTpmKeyFile('k', keyFile(area)), /k: .*curve that TLS does not have/);
  });
});

function areaHasFullPoint(key: KeyObject): boolean {
  const area = areaOf(key);
  return area.type === 'ecc' && area.point.x.length === 32 && area.point.y.length === 32;
}
