/**
 * A member's key: where the secret scalar sk is. It has two operations, which a TPM 2.0 does without ever showing sk:
 * TPM2_Commit and TPM2_Sign with the scheme ECDAA (TPM 2.0 Library, part 1, C.4; part 3, 19.2 and 20.2).
 * `softwareMember` is the same in software.
 */

export interface CommitRequest {
  /** S, a point of G1, 65 bytes. TPM2_Commit: P1. */
  readonly base: Uint8Array;
  /** Hashed with SHA-256, it gives the x of the basename's point J; at most 68 bytes. TPM2_Commit: s2. */
  readonly preimage: Uint8Array;
  /** The y of J, 32 bytes. TPM2_Commit: y2. */
  readonly y: Uint8Array;
}

/** Points of G1, 65 bytes each: X9.62 uncompressed, with coordinates of 32 bytes whatever a TPM shortened. */
export interface Commitment {
  /** K = sk J. */
  readonly pseudonym: Uint8Array;
  /** L = k J, with a random k that belongs to this commitment. */
  readonly basenameCommitment: Uint8Array;
  /** E = k S. */
  readonly baseCommitment: Uint8Array;
  /** Names the commitment to `sign`, once. */
  readonly counter: number;
}

export interface Proof {
  /**
   * The random n that was hashed with the digest: 32 bytes. A TPM that strips leading zeros may return fewer; then the
   * commitment is repeated. TPM2_Sign: signatureR.
   */
  readonly nonce: Uint8Array;
  /**
   * s = k + c sk modulo n with c = SHA-256(nonce || digest) modulo n: 1..32 bytes, big-endian. TPM2_Sign: signatureS.
   */
  readonly response: Uint8Array;
}

/** The key of one member. What it rejects with passes through `signDaa` unchanged. */
export interface DaaMember {
  commit(request: CommitRequest): Promise<Commitment>;
  /** `digest` has 32 bytes. A counter is good for one signature: a second one with the same k would reveal sk. */
  sign(digest: Uint8Array, counter: number): Promise<Proof>;
}
