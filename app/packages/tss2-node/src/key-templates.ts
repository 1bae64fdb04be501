/** Templates of the keys that most programs need, for CreatePrimary and Create. */
import type { EccPublic } from './codec/public-area.ts';
import { algorithms, curves, objectAttributes as attribute } from './constants.ts';

const madeByTpm =
  attribute.fixedTPM |
  attribute.fixedParent |
  attribute.sensitiveDataOrigin |
  attribute.userWithAuth;
const empty = new Uint8Array();

/** A parent for other keys: P-256 with AES-128 in CFB mode. */
export const parentTemplate: EccPublic = {
  type: 'ecc',
  nameAlgorithm: algorithms.SHA256,
  attributes: madeByTpm | attribute.restricted | attribute.decrypt,
  authPolicy: empty,
  symmetric: { algorithm: algorithms.AES, keyBits: 128, mode: algorithms.CFB },
  scheme: null,
  curve: curves.NIST_P256,
  kdf: null,
  point: { x: empty, y: empty },
};

/**
 * The primary key that tpm2-openssl and tpm2-tools derive when the parent in a key file is a hierarchy: as
 * `parentTemplate`, but its authorization has no part in the lockout. A key below another primary key fails there with
 * TPM_RC_INTEGRITY.
 */
export const hierarchyParentTemplate: EccPublic = {
  ...parentTemplate,
  attributes: parentTemplate.attributes | attribute.noDA,
};

/** A signing key on P-256 for TLS: its scheme is chosen at each signature. */
export const signingTemplate: EccPublic = {
  ...parentTemplate,
  attributes: madeByTpm | attribute.sign,
  symmetric: null,
};

/** A key for direct anonymous attestation on BN_P256: TPM2_Commit, then TPM2_Sign with ECDAA. */
export const ecdaaTemplate: EccPublic = {
  ...signingTemplate,
  scheme: { algorithm: algorithms.ECDAA, hash: algorithms.SHA256, count: 1 },
  curve: curves.BN_P256,
};
