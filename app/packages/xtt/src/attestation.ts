/** The client's two signatures: what they are made over, and making them with keys that may be in a TPM. */
import { concat } from './bytes.ts';
import { daaSignatureLength } from './daa-signature.ts';
import { signDaa, type DaaSigner } from './daa-sign.ts';
import { isEcdsaSignature } from './ecdsa.ts';
import { requireLength, XttError } from './errors.ts';
import { ecdsaSignatureLength } from './message.ts';
import type { RandomBytes } from './points.ts';
import { daaSignedBytes, longtermSignedBytes, type ServerTranscript } from './signed-bytes.ts';
import type { Suite } from './suite.ts';

/** The key of the identity that the client wants: it will be the key of its certificate. */
export interface LongtermKey {
  /** A P-256 point, 65 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * ECDSA over the SHA-256 of `message`: r || s, 64 bytes. With a TPM (TPM2_Sign, ECDSA with SHA-256) the digest is
   * SHA-256(message), and r and s are padded on the left to 32 bytes each.
   */
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

export interface Attestation {
  /** 64 bytes. */
  readonly longtermSignature: Uint8Array;
  /** 421 bytes. */
  readonly daaSignature: Uint8Array;
}

/** What the client has to sign. The longterm signature comes first: in full coverage the other one covers it. */
export class AttestRequest {
  readonly #suite: Suite;
  readonly #transcript: ServerTranscript;
  readonly #clear: Uint8Array;
  readonly #plain: Uint8Array;
  /** L, 64 bytes, for the longterm key. */
  readonly longtermBytes: Uint8Array;

  /** `clear` and `plain` are the parts of ClientAttest up to the longterm signature. */
  constructor(suite: Suite, transcript: ServerTranscript, clear: Uint8Array, plain: Uint8Array) {
    this.#suite = suite;
    this.#transcript = transcript;
    this.#clear = clear;
    this.#plain = plain;
    this.longtermBytes = longtermSignedBytes(suite, transcript, clear, plain);
  }

  /** M, 64 bytes, for the member of the group. */
  daaBytes(longtermSignature: Uint8Array): Uint8Array {
    const plain = concat(this.#plain, longtermSignature);
    return daaSignedBytes(this.#suite, this.#transcript, this.#clear, plain);
  }

  /** The whole ClientAttest with `seal` applied to its encrypted part. */
  message(
    { longtermSignature, daaSignature }: Attestation,
    seal: (plain: Uint8Array, clear: Uint8Array) => Uint8Array,
  ): Uint8Array {
    requireLength('the longterm signature', longtermSignature, ecdsaSignatureLength);
    requireLength('the DAA signature', daaSignature, daaSignatureLength);
    const plain = concat(this.#plain, longtermSignature, daaSignature);
    return concat(this.#clear, seal(plain, this.#clear));
  }
}

/**
 * Makes both signatures. Rejects with an XttError `longterm-signature` when the key's signature is not one of its
 * public key, with those of `signDaa`, and with whatever the keys reject with. Give up by ignoring the result.
 */
export async function signAttestation(
  request: AttestRequest,
  key: LongtermKey,
  signer: DaaSigner,
  random: RandomBytes,
): Promise<Attestation> {
  const longtermSignature = await key.sign(request.longtermBytes);
  const isUsable =
    longtermSignature.length === ecdsaSignatureLength &&
    isEcdsaSignature(key.publicKey, request.longtermBytes, longtermSignature);
  if (!isUsable) {
    throw new XttError('longterm-signature', 'the longterm key made no signature of its own');
  }
  const message = request.daaBytes(longtermSignature);
  return { longtermSignature, daaSignature: await signDaa(signer, message, random) };
}
