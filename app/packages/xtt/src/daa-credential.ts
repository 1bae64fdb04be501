/**
 * Credentials: an issuer's LRSW signature (Camenisch, Lysyanskaya 2004, scheme A, as ECDAA uses it) of a member's key Q
 * = sk P1: A = l P1, B = y A, C = x A + x y l Q, D = y l Q. The proof with which a member of a deployed group shows
 * that it has sk when it joins, and the issuer's 64-byte proof about the credential, are not part of this package.
 */
import { concat } from './bytes.ts';
import { parseLength } from './errors.ts';
import type { DaaGroup, DaaIssuer } from './daa-group.ts';
import { g1, g2, groupOrder, isPairingProductOne, type G1 } from './fp256bn.ts';
import { g1Bytes, g1Length, parseG1, randomScalar, type RandomBytes } from './points.ts';

/** A || B || C || D. */
export const credentialLength = 4 * g1Length;

export interface DaaCredential {
  readonly a: G1;
  readonly b: G1;
  readonly c: G1;
  readonly d: G1;
}

/** Reads 260 bytes. Throws an XttParseError; whether an issuer made the credential is for `isCredentialOf`. */
export function readCredential(bytes: Uint8Array): DaaCredential {
  parseLength('DAA credential', bytes, credentialLength);
  const point = (name: string, index: number): G1 =>
    parseG1(
      `${name} of the DAA credential`,
      bytes.subarray(index * g1Length, (index + 1) * g1Length),
    );
  return { a: point('A', 0), b: point('B', 1), c: point('C', 2), d: point('D', 3) };
}

/**
 * Makes the credential (260 bytes) for the member whose public key Q is `memberKey` (65 bytes). For tests and
 * development groups: it takes the member's word that it has the secret of Q. Throws an XttParseError for the key.
 */
export function issueCredential(
  issuer: DaaIssuer,
  memberKey: Uint8Array,
  random: RandomBytes,
): Uint8Array {
  const q = parseG1('public key of the member', memberKey);
  const l = randomScalar(random);
  const { x, y } = issuer;
  const a = g1.BASE.multiply(l);
  const b = a.multiply(y);
  const d = q.multiply((l * y) % groupOrder);
  const c = a.add(d).multiply(x);
  return concat(...[a, b, c, d].map(g1Bytes));
}

/** Whether the issuer of `group` made `credential`. Two products of pairings, about 80 ms. */
export function isCredentialOf(group: DaaGroup, { a, b, c, d }: DaaCredential): boolean {
  return isSignedBy(group, a, b, c, d);
}

/** e(A, Y) = e(B, P2) and e(C, P2) = e(A + D, X). The points are not infinity. */
export function isSignedBy(group: DaaGroup, a: G1, b: G1, c: G1, d: G1): boolean {
  return (
    isPairingProductOne([
      [a, group.y],
      [b.negate(), g2.BASE],
    ]) &&
    isPairingProductOne([
      [c, g2.BASE],
      [a.add(d).negate(), group.x],
    ])
  );
}
