/**
 * A member's key in this process, for gateways without a TPM, tests and development groups. BigInt arithmetic takes a
 * time that depends on its numbers: see the README before using it where others can measure.
 */
import { fromInteger, toInteger } from './bytes.ts';
import { XttError } from './errors.ts';
import type { Commitment, CommitRequest, DaaMember, Proof } from './daa-member.ts';
import { g1, groupOrder } from './fp256bn.ts';
import { hashToScalar } from './hash-to-curve.ts';
import { nonceLength } from './daa-signature.ts';
import {
  g1Bytes,
  g1Point,
  parseG1,
  parseScalar,
  randomScalar,
  type RandomBytes,
} from './points.ts';

/** Commitments that were not signed yet; the oldest is forgotten above this, as in a TPM, which has room for few. */
const maxOpenCommitments = 16;

export interface SoftwareMember extends DaaMember {
  /** Q = sk P1, 65 bytes: what an issuer makes the credential for. */
  readonly publicKey: Uint8Array;
}

/** `secret` is sk, 32 bytes from 1 to n-1; throws an XttParseError when it is not. */
export function softwareMember(secret: Uint8Array, random: RandomBytes): SoftwareMember {
  const sk = parseScalar('secret of the member', secret);
  const open = new Map<number, bigint>();
  let counter = 0;

  function commit(request: CommitRequest): Commitment {
    const base = parseG1('base of the commitment', request.base);
    const x = hashToScalar(request.preimage);
    const j = g1Point('basename point of the commitment', x, toInteger(request.y));
    const k = randomScalar(random);
    open.set(++counter, k);
    for (const oldest of open.keys()) if (open.size > maxOpenCommitments) open.delete(oldest);
    return {
      pseudonym: g1Bytes(j.multiply(sk)),
      basenameCommitment: g1Bytes(j.multiply(k)),
      baseCommitment: g1Bytes(base.multiply(k)),
      counter,
    };
  }

  function sign(digest: Uint8Array, of: number): Proof {
    const k = open.get(of);
    if (k === undefined) {
      throw new XttError('member', 'the commitment was signed or forgotten; commit again');
    }
    open.delete(of);
    const nonce = random(nonceLength);
    const c = hashToScalar(nonce, digest);
    return { nonce, response: fromInteger((k + c * sk) % groupOrder) };
  }

  return {
    publicKey: g1Bytes(g1.BASE.multiply(sk)),
    commit: (request) => Promise.resolve().then(() => commit(request)),
    sign: (digest, of) => Promise.resolve().then(() => sign(digest, of)),
  };
}

/** A new secret for `softwareMember`, 32 bytes. */
export function createMemberSecret(random: RandomBytes): Uint8Array {
  return fromInteger(randomScalar(random));
}
