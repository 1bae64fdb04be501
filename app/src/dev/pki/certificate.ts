/** Signs the certificates of a development ENF: X.509 v3 (RFC 5280), with the extensions of their role. */
import { createHash, type KeyObject } from 'node:crypto';
import { publicPoint, signCertificate } from '../../identity/certificate-writer.ts';
import type { Validity } from '../../identity/certificate-validity.ts';
import type { AlternativeName } from './alternative-name.ts';
import { encodeExtensions } from './extensions.ts';
import type { CertificateRole } from './extensions.ts';

/** Who signs: the name and key identifier exactly as its own certificate has them. */
export interface Issuer {
  /** Encoded. */
  readonly name: Uint8Array;
  readonly keyId: Uint8Array;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  readonly role: CertificateRole;
  /** Encoded. */
  readonly subject: Uint8Array;
  readonly subjectKey: KeyObject;
  readonly issuer: Issuer;
  readonly names?: readonly AlternativeName[];
  readonly validity?: Validity | undefined;
}

/** The signed certificate as PEM. */
export function signForRole(options: CertificateOptions): string {
  const { issuer, subject, subjectKey, validity = {} } = options;
  const extensions = encodeExtensions({
    role: options.role,
    subjectKeyId: keyIdentifier(subjectKey),
    authorityKeyId: issuer.keyId,
    names: options.names ?? [],
  });
  const parts = { issuer: issuer.name, subject, subjectKey, validity, extensions };
  return signCertificate(parts, issuer.privateKey);
}

/** SHA-1 of the bare public point, method 1 of RFC 5280 section 4.2.1.2: it identifies, it protects nothing. */
export function keyIdentifier(key: KeyObject): Uint8Array {
  return createHash('sha1').update(publicPoint(key)).digest();
}
