/** The certificate that a key signs for itself, as the ENF wants it: the ENF keeps public keys and has no authority. */
import type { KeyObject } from 'node:crypto';
import type { Validity } from './certificate-validity.ts';
import { commonName, prepareCertificate } from './certificate-writer.ts';
import type { SigningKey } from './signing-key.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** How far the clock of a server may be behind. */
const backdatedMs = 60 * 60 * 1000;

export function validityFrom(now: Date, days: number): Required<Validity> & { notAfter: Date } {
  // Certificates have whole seconds.
  const second = Math.floor(now.getTime() / 1000) * 1000;
  return { notBefore: new Date(second - backdatedMs), notAfter: new Date(second + days * dayMs) };
}

/** PEM. `name`: the address, exactly as the ENF wrote it. */
export async function selfSigned(
  name: string,
  key: SigningKey,
  validity: Validity,
): Promise<string> {
  const subject = commonName(name);
  const parts = { issuer: subject, subject, subjectKey: key.publicKey, validity };
  const { toBeSigned, signed } = prepareCertificate(parts);
  return signed(await key.sign(toBeSigned));
}

/** Only such keys are registered, and made here. */
export function isP256(publicKey: KeyObject): boolean {
  return publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}
