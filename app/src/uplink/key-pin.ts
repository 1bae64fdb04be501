/** Public key pins: the SHA-256 of a certificate's SubjectPublicKeyInfo in base64 (as in RFC 7469 section 2.4). */
import { createHash, type X509Certificate } from 'node:crypto';

/** Undefined for a key that the TLS library cannot read: it matches no pin. */
export function keyPin(certificate: X509Certificate): string | undefined {
  let info: Buffer;
  try {
    info = certificate.publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    return undefined;
  }
  return createHash('sha256').update(info).digest('base64');
}
