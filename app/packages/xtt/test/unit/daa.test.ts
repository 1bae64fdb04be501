import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createIssuer, groupId, readGroup, readIssuer } from '../../src/daa-group.ts';
import { isCredentialOf, issueCredential, readCredential } from '../../src/daa-credential.ts';
import type { DaaMember } from '../../src/daa-member.ts';
import { daaSignatureLength, readDaaSignature } from '../../src/daa-signature.ts';
import { signDaa } from '../../src/daa-sign.ts';
import { verifyDaa } from '../../src/daa-verify.ts';
import { concat, fromInteger, toInteger } from '../../src/bytes.ts';
import { fieldPrime, groupOrder } from '../../src/fp256bn.ts';
import { hashToScalar } from '../../src/hash-to-curve.ts';
import { g1Bytes, g1Length } from '../../src/points.ts';
import { readRevocations, type RevocationList } from '../../src/revocations.ts';
import { createMemberSecret, softwareMember } from '../../src/software-member.ts';
import { hasCode } from '../has-code.ts';
import { scriptedRandom } from '../scripted-random.ts';
import { basename, common, handshakes, hex } from '../vectors.ts';

const group = readGroup(common.group_public_key, basename);
const credential = readCredential(common.credential);
const [first] = handshakes as [(typeof handshakes)[0]];
const message = first.daa_sig_hash;
const member = (): DaaMember => softwareMember(common.member_secret, randomBytes);
/** Where R, S, T, W, n and K begin. */
const offsets = { s: 32, R: 64, S: 129, T: 194, W: 259, n: 324, K: 356 };

describe('DAA groups and credentials', () => {
  it('makes the public key, the group id and the credential of the vectors', () => {
    const issuer = readIssuer(concat(common.issuer_x, common.issuer_y));
    assert.equal(hex(issuer.publicKey), hex(common.group_public_key));
    assert.equal(hex(group.id), hex(common.group_id));
    assert.equal(hex(groupId(common.group_public_key, basename)), hex(common.group_id));
    const { publicKey } = softwareMember(common.member_secret, randomBytes);
    const issued = issueCredential(issuer, publicKey, scriptedRandom(common.credential_l));
    assert.equal(hex(issued), hex(common.credential));
  });

  it('recognizes the credential of its issuer', () => {
    assert.ok(isCredentialOf(group, credential));
    assert.ok(!isCredentialOf(group, { ...credential, b: credential.a }));
    assert.ok(!isCredentialOf(group, { ...credential, c: credential.a }));
    assert.ok(!isCredentialOf(group, { ...credential, d: credential.a }));
  });

  it('refuses keys, secrets and credentials of other sizes', () => {
    assert.throws(
      () => readGroup(common.group_public_key.subarray(1), basename),
      hasCode('malformed'),
    );
    assert.throws(() => readGroup(common.group_public_key, new Uint8Array(0)), hasCode('usage'));
    assert.throws(() => readCredential(common.credential.subarray(1)), hasCode('malformed'));
    const longer = Buffer.concat([common.credential, Buffer.alloc(1)]);
    assert.throws(() => readCredential(longer), hasCode('malformed'));
    assert.throws(() => readIssuer(new Uint8Array(63)), hasCode('malformed'));
    assert.throws(() => softwareMember(new Uint8Array(32), randomBytes), hasCode('malformed'));
  });
});

describe('DAA signatures', () => {
  for (const { suite, daa_internals, daa_signature, daa_sig_hash } of handshakes) {
    it(`are byte for byte those of the vectors, suite ${suite}`, async () => {
      const { l, k, n } = daa_internals;
      const scripted = softwareMember(common.member_secret, scriptedRandom(k, n));
      const signer = { member: scripted, credential, basename };
      const signature = await signDaa(signer, daa_sig_hash, scriptedRandom(l));
      assert.equal(hex(signature), hex(daa_signature));
      const pseudonym = verifyDaa(group, daa_sig_hash, daa_signature);
      assert.equal(hex(pseudonym), hex(daa_signature.subarray(offsets.K)));
    });
  }

  it('of one member differ, but for the pseudonym; another basename has another pseudonym', async () => {
    const signer = { member: member(), credential, basename };
    const [one, two] = [await signDaa(signer, message, randomBytes), first.daa_signature];
    verifyDaa(group, message, one);
    for (const [from, to] of [
      [0, 32],
      [32, 64],
      [64, 129],
      [129, 194],
      [194, 259],
      [259, 324],
      [324, 356],
    ] as const)
      assert.notEqual(hex(one.subarray(from, to)), hex(two.subarray(from, to)));
    assert.equal(hex(one.subarray(offsets.K)), hex(two.subarray(offsets.K)));
    const elsewhere = await signDaa({ ...signer, basename: group.id }, message, randomBytes);
    assert.notEqual(hex(elsewhere.subarray(offsets.K)), hex(two.subarray(offsets.K)));
  });

  it('of a new member of a new group are good there and nowhere else', async () => {
    const issuer = createIssuer(randomBytes);
    const own = softwareMember(createMemberSecret(randomBytes), randomBytes);
    const issued = readCredential(issueCredential(issuer, own.publicKey, randomBytes));
    const signer = { member: own, credential: issued, basename };
    const signature = await signDaa(signer, message, randomBytes);
    verifyDaa(readGroup(issuer.publicKey, basename), message, signature);
    assert.throws(() => verifyDaa(group, message, signature), hasCode('daa-signature'));
  });

  it('are refused over another message and for another basename', () => {
    const { daa_signature: signature } = first;
    assert.throws(() => verifyDaa(group, group.id, signature), hasCode('daa-signature'));
    const other = readGroup(common.group_public_key, new TextEncoder().encode('other'));
    assert.throws(() => verifyDaa(other, message, signature), hasCode('daa-signature'));
  });

  it('are refused when a point that only the pairings judge is another one', () => {
    for (const at of [offsets.R, offsets.T]) {
      const signature = first.daa_signature.slice();
      signature.set(first.daa_internals.J, at);
      assert.throws(() => verifyDaa(group, message, signature), hasCode('daa-signature'));
    }
    // A credential that the member multiplied by itself, R, S and W alike, fits the first equation only.
    const parsed = readDaaSignature(first.daa_signature);
    const signature = first.daa_signature.slice();
    signature.set(g1Bytes(parsed.t.double()), offsets.T);
    assert.throws(() => verifyDaa(group, message, signature), hasCode('daa-signature'));
  });

  it('are refused with any byte changed, without a crash', () => {
    const step = process.env.XTT_SOAK === undefined ? 7 : 1;
    for (let at = 0; at < daaSignatureLength; at += step) {
      const signature = first.daa_signature.slice();
      signature[at]! ^= 1 << (at % 8);
      // R and T are points that the proof does not mention; the points beside the curve are refused at once.
      const isPoint = (at >= offsets.R && at < offsets.n) || at >= offsets.K;
      const code = isPoint ? 'malformed' : 'daa-signature';
      assert.throws(() => verifyDaa(group, message, signature), hasCode(code));
    }
  });

  it('are refused from revoked members, by secret and by pseudonym', () => {
    const { daa_signature: signature } = first;
    const verify = (list: RevocationList) => () =>
      verifyDaa(group, message, signature, readRevocations(list));
    assert.throws(verify({ secrets: [common.issuer_x, common.member_secret] }), hasCode('revoked'));
    const pseudonym = signature.subarray(offsets.K);
    assert.throws(verify({ pseudonyms: [pseudonym] }), hasCode('revoked'));
    verify({ secrets: [common.issuer_x], pseudonyms: [first.daa_internals.J] })();
  });
});

describe('a revocation list', () => {
  const pseudonym = first.daa_signature.subarray(offsets.K);
  const rows: [string, Uint8Array, Uint8Array, RegExp][] = [
    ['short pseudonym', common.issuer_x, pseudonym.subarray(1), /^revoked pseudonym 1, offset 64:/],
    [
      'pseudonym in compressed form',
      common.issuer_x,
      pseudonym.with(0, 2),
      /^revoked pseudonym 1,/,
    ],
    [
      'pseudonym beside the curve',
      common.issuer_x,
      pseudonym.with(64, pseudonym[64]! ^ 1),
      /^revoked pseudonym 1, /,
    ],
    ['short secret', common.issuer_x.subarray(1), pseudonym, /^revoked secret 1, offset 31:/],
    ['secret of zeros', new Uint8Array(32), pseudonym, /^revoked secret 1, offset 0:/],
    ['secret above the order', fromInteger(groupOrder), pseudonym, /^revoked secret 1, offset 0:/],
  ];
  for (const [name, secret, refused, text] of rows) {
    it(`with a ${name} is refused as a whole, and the entry named`, () => {
      const list = {
        secrets: [common.issuer_y, secret],
        pseudonyms: [first.daa_internals.J, refused],
      };
      assert.throws(
        () => readRevocations(list),
        (error: Error) => hasCode('malformed')(error) && text.test(error.message),
      );
    });
  }
});

describe('a key of a member', () => {
  const signWith = (key: DaaMember) =>
    signDaa({ member: key, credential, basename }, message, randomBytes);

  it('that is not the one of the credential is noticed before anything is sent', async () => {
    const other = softwareMember(common.issuer_x, randomBytes);
    await assert.rejects(signWith(other), hasCode('member'));
  });

  it('may return a short nonce, after which the signature is made again, ten times at most', async () => {
    const real = member();
    let attempts = 0;
    const stripping = (until: number): DaaMember => ({
      commit: (request) => real.commit(request),
      sign: async (digest, counter) => {
        const proof = await real.sign(digest, counter);
        return ++attempts < until ? { ...proof, nonce: proof.nonce.subarray(1) } : proof;
      },
    });
    verifyDaa(group, message, await signWith(stripping(3)));
    assert.equal(attempts, 3);
    attempts = 0;
    await assert.rejects(signWith(stripping(100)), hasCode('member'));
    assert.equal(attempts, 10);
  });

  it('may return a short response', async () => {
    const { k } = first.daa_internals;
    let nonce = new Uint8Array(32);
    const draws = [() => k.slice(), () => nonce];
    const real = softwareMember(common.member_secret, () => draws.shift()!());
    let shortened: Uint8Array | undefined;
    const stripping: DaaMember = {
      commit: (request) => real.commit(request),
      sign: async (digest, counter) => {
        nonce = nonceWithShortResponse(k, digest);
        const proof = await real.sign(digest, counter);
        const at = proof.response.findIndex((byte) => byte !== 0);
        shortened = proof.response.subarray(at);
        return { ...proof, response: shortened };
      },
    };
    verifyDaa(group, message, await signWith(stripping));
    assert.ok(shortened!.length < 32);
  });

  const answers: [string, Partial<DaaMember>][] = [
    [
      'a point that is too short',
      {
        commit: () =>
          Promise.resolve({
            pseudonym: new Uint8Array(64),
            basenameCommitment: new Uint8Array(65),
            baseCommitment: new Uint8Array(65),
            counter: 1,
          }),
      },
    ],
    [
      'a response that is too long',
      { sign: () => Promise.resolve({ nonce: new Uint8Array(32), response: new Uint8Array(33) }) },
    ],
    [
      'an empty response',
      { sign: () => Promise.resolve({ nonce: new Uint8Array(32), response: new Uint8Array(0) }) },
    ],
    [
      'a response of zero',
      { sign: () => Promise.resolve({ nonce: new Uint8Array(32), response: new Uint8Array(1) }) },
    ],
  ];
  for (const [name, answer] of answers) {
    it(`that answers with ${name} is refused`, async () => {
      const real = member();
      const faulty: DaaMember = {
        commit: (request) => real.commit(request),
        sign: (digest, counter) => real.sign(digest, counter),
        ...answer,
      };
      await assert.rejects(signWith(faulty), hasCode('member'));
    });
  }

  it('passes its own errors on', async () => {
    const failure = new TypeError('the TPM is gone');
    const failing: DaaMember = { ...member(), commit: () => Promise.reject(failure) };
    await assert.rejects(signWith(failing), failure);
  });

  it('in software signs each commitment once, and keeps few', async () => {
    const key = member();
    const base = first.daa_signature.subarray(offsets.S, offsets.S + g1Length);
    const point = first.daa_internals.J;
    const request = { base, preimage: concat(new Uint8Array(4), basename), y: point.subarray(33) };
    const { counter } = await key.commit(request);
    await key.sign(message.subarray(0, 32), counter);
    await assert.rejects(key.sign(message.subarray(0, 32), counter), hasCode('member'));
    const { counter: oldest } = await key.commit(request);
    for (let count = 0; count < 16; count++) await key.commit(request);
    await assert.rejects(key.sign(message.subarray(0, 32), oldest), hasCode('member'));
    const beside = { ...request, base: request.base.with(64, request.base[64]! ^ 1) };
    await assert.rejects(key.commit(beside), hasCode('malformed'));
    for (const y of [0n, 1n, fieldPrime].map(fromInteger)) {
      await assert.rejects(key.commit({ ...request, y }), hasCode('malformed'));
    }
  });
});

/** A nonce for which the response of the member of the vectors, with the commitment to `k`, begins with a zero. */
function nonceWithShortResponse(k: Uint8Array, digest: Uint8Array): Uint8Array<ArrayBuffer> {
  const secret = toInteger(common.member_secret);
  for (let count = 1n; ; count++) {
    const nonce = Uint8Array.from(fromInteger(count));
    const challenge = hashToScalar(nonce, digest);
    const response = fromInteger((toInteger(k) + challenge * secret) % groupOrder);
    if (response[0] === 0) return nonce;
  }
}
