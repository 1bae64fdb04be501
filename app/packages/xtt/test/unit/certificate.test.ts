import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import {
  issueServerCertificate,
  readRootCertificate,
  rootCertificate,
  serverKeyOf,
  verifiedServerKey,
} from '../../src/certificate.ts';
import { createEcdsaKey, isEcdsaSignature, readEcdsaKey } from '../../src/ecdsa.ts';
import { concat } from '../../src/bytes.ts';
import { hybrid } from '../hybrid-point.ts';
import { hasCode } from '../has-code.ts';
import { common, hex } from '../vectors.ts';

const root = readRootCertificate(common.xtt_root_certificate);

describe('XTT certificates', () => {
  it('of the vectors are read and verified', () => {
    assert.equal(hex(root.id), hex(common.root_id));
    assert.equal(hex(root.publicKey), hex(common.root_public));
    assert.equal(hex(rootCertificate(root.id, root.publicKey)), hex(common.xtt_root_certificate));
    const key = verifiedServerKey(common.server_certificate, root);
    assert.equal(hex(key), hex(common.server_public));
  });

  it('are issued as the vectors have them, but for the signature, which is random', () => {
    const rootKey = readEcdsaKey(common.root_private);
    const issued = issueServerCertificate(common.root_id, rootKey, common.server_public);
    assert.equal(hex(issued.subarray(0, 105)), hex(common.server_certificate.subarray(0, 105)));
    verifiedServerKey(issued, root);
  });

  it('are refused with any byte changed', () => {
    for (let at = 0; at < common.server_certificate.length; at++) {
      const changed = common.server_certificate.slice();
      changed[at]! ^= 0x10;
      const code = at >= 24 && at < 40 ? 'root' : 'certificate-signature';
      assert.throws(() => verifiedServerKey(changed, root), hasCode(code));
    }
    assert.equal(hex(serverKeyOf(common.server_certificate)), hex(common.server_public));
  });

  it('of other sizes are refused', () => {
    assert.throws(() => readRootCertificate(new Uint8Array(80)), hasCode('malformed'));
    assert.throws(() => verifiedServerKey(new Uint8Array(170), root), hasCode('usage'));
    assert.throws(() => rootCertificate(new Uint8Array(15), root.publicKey), hasCode('usage'));
  });

  const beside = root.publicKey.with(64, root.publicKey[64]! ^ 1);
  const keys: [string, Uint8Array][] = [
    ['hybrid form', hybrid(root.publicKey)],
    ['compressed form', root.publicKey.with(0, 2)],
    ['zeros', new Uint8Array(65)],
    ['a point beside the curve', beside],
  ];
  for (const [name, publicKey] of keys) {
    it(`of a root whose key is ${name} are refused`, () => {
      const bytes = concat(root.id, publicKey);
      assert.throws(() => readRootCertificate(bytes), hasCode('malformed'));
      assert.throws(() => rootCertificate(root.id, publicKey), hasCode('usage'));
    });
  }
});

describe('ECDSA keys', () => {
  it('are read as 32 bytes', () => {
    assert.equal(hex(readEcdsaKey(common.server_private).publicKey), hex(common.server_public));
    assert.equal(hex(readEcdsaKey(common.longterm_private).publicKey), hex(common.longterm_public));
  });

  it('are read as the 121 bytes of a deployed key file', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = privateKey.export({ format: 'der', type: 'sec1' });
    assert.equal(file.length, 121);
    assert.equal(hex(readEcdsaKey(file).publicKey), hex(file.subarray(56)));
  });

  it('of zeros, of other curves and of no format are refused, without a word about them', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const other = privateKey.export({ format: 'der', type: 'sec1' });
    for (const bytes of [new Uint8Array(32), other, new Uint8Array(121), new Uint8Array(0)]) {
      assert.throws(
        () => readEcdsaKey(bytes),
        (error: Error) => hasCode('malformed')(error) && error.cause === undefined,
      );
    }
  });

  it('sign what they verify', () => {
    const key = createEcdsaKey();
    const signature = key.sign(common.root_id);
    assert.ok(isEcdsaSignature(key.publicKey, common.root_id, signature));
    assert.ok(!isEcdsaSignature(key.publicKey, common.group_id, signature));
    assert.ok(!isEcdsaSignature(common.server_public, common.root_id, signature));
  });

  it('that are not on the curve, and signatures of zeros, verify nothing', () => {
    const { publicKey, sign } = createEcdsaKey();
    const beside = publicKey.with(64, publicKey[64]! ^ 1);
    for (const other of [beside, hybrid(publicKey)]) {
      assert.ok(!isEcdsaSignature(other, common.root_id, sign(common.root_id)));
    }
    assert.ok(!isEcdsaSignature(publicKey, common.root_id, new Uint8Array(64)));
    assert.throws(
      () => isEcdsaSignature(publicKey, common.root_id, new Uint8Array(63)),
      hasCode('usage'),
    );
  });
});
