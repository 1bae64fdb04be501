/**
 * Signing as a member of a group: the credential is randomized, and the member's key proves that it is the one inside.
 * The signature shows nothing but the group and the pseudonym.
 */
import { concat, fromInteger, toInteger } from './bytes.ts';
import type { DaaCredential } from './daa-credential.ts';
import type { Commitment, DaaMember, Proof } from './daa-member.ts';
import { nonceLength, proofDigest, readDaaSignature } from './daa-signature.ts';
import { isProofValid } from './daa-verify.ts';
import { XttError, XttParseError } from './errors.ts';
import { hashToCurve, hashToScalar } from './hash-to-curve.ts';
import { g1Bytes, g1Length, randomScalar, scalarLength, type RandomBytes } from './points.ts';

/**
 * Attempts to get a nonce of 32 bytes from a TPM that strips leading zeros: one in 256 is shorter. As deployed members.
 */
const maxAttempts = 10;

export interface DaaSigner {
  readonly member: DaaMember;
  readonly credential: DaaCredential;
  /** 1..64 bytes; that of the group. */
  readonly basename: Uint8Array;
}

/**
 * The signature of `message`, 421 bytes. Rejects with an XttError `member` when the key's answers are unusable, do not
 * fit the credential, or are of another format, and with whatever `member` rejects with. The signature's proof is
 * checked before it is returned, so that a wrong credential shows here and not at the server.
 */
export async function signDaa(
  signer: DaaSigner,
  message: Uint8Array,
  random: RandomBytes,
): Promise<Uint8Array> {
  const { member, credential, basename } = signer;
  const { point: j, preimage } = hashToCurve(basename);
  const l = randomScalar(random);
  const [r, s, t, w] = [credential.a, credential.b, credential.c, credential.d].map((point) =>
    g1Bytes(point.multiply(l)),
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const basenamePoint = g1Bytes(j);
  const y = fromInteger(j.toAffine().y);

  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const commitment = await member.commit({ base: s, preimage, y });
    const points = { ...pointsOf(commitment), s, w, basenamePoint };
    const digest = fromInteger(proofDigest(points, basename, message));
    const { nonce, response } = checkProof(await member.sign(digest, commitment.counter));
    if (nonce.length !== nonceLength) continue;
    const challenge = fromInteger(hashToScalar(nonce, digest));
    const head = concat(challenge, fromInteger(toInteger(response)), r, s, t, w);
    const signature = concat(head, nonce, points.pseudonym);
    if (isOwnProof(signature, signer, message)) return signature;
    throw new XttError('member', 'the key of the member is not the one of the credential');
  }
  throw new XttError('member', `the key made no nonce of 32 bytes in ${maxAttempts} attempts`);
}

function pointsOf(
  commitment: Commitment,
): Pick<Commitment, 'pseudonym' | 'basenameCommitment' | 'baseCommitment'> {
  const { pseudonym, basenameCommitment, baseCommitment } = commitment;
  for (const point of [pseudonym, basenameCommitment, baseCommitment]) {
    if (point.length !== g1Length) throw unusable();
  }
  return { pseudonym, basenameCommitment, baseCommitment };
}

function checkProof(proof: Proof): Proof {
  const isShort = proof.nonce.length <= nonceLength && proof.response.length <= scalarLength;
  if (!isShort || proof.response.length === 0) throw unusable();
  return proof;
}

function unusable(): XttError {
  return new XttError('member', 'the key of the member gave an answer of the wrong size');
}

function isOwnProof(bytes: Uint8Array, { basename }: DaaSigner, message: Uint8Array): boolean {
  try {
    return isProofValid(readDaaSignature(bytes), basename, message);
  } catch (error) {
    if (error instanceof XttParseError) return false;
    throw error;
  }
}
