/**
 * The certificates from the one that a server showed up to a root of ours, as far as signatures lead. Only for
 * reporting what is wrong and with which of them: whether a server is trusted is the TLS library's decision.
 *
 * Certificates of strangers come through here, and the library throws for some of what they may hold: a key that it
 * cannot read signs nothing.
 */
import { X509Certificate } from 'node:crypto';

export interface Chain {
  /** The server's own first; the root, if it was reached, last. */
  readonly certificates: readonly X509Certificate[];
  /** The last one is a root of ours. */
  readonly endsAtRoot: boolean;
}

/** A validity time of a certificate; undefined if it is not a date. */
export interface Validity {
  readonly begins: Date | undefined;
  readonly ends: Date | undefined;
}

/** More than any real chain; those of strangers may be made to go round in circles. */
const maxLength = 10;

/** `pem`: one or more certificates that could be read before. */
export function readRoots(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** `shown`: what else the server sent, where the library does not join it to the leaf. */
export function chainFrom(
  leaf: X509Certificate,
  roots: readonly X509Certificate[],
  shown: readonly X509Certificate[] = [],
): Chain {
  const certificates = [leaf];
  for (let current = leaf; certificates.length < maxLength;) {
    const root = roots.find((candidate) => isIssuedBy(current, candidate));
    if (root !== undefined) return { certificates: [...certificates, root], endsAtRoot: true };
    const candidates = [current.issuerCertificate, ...shown];
    const next = candidates.find((one) => one !== undefined && isIssuedBy(current, one));
    if (next === undefined) break;
    certificates.push(next);
    current = next;
  }
  return { certificates, endsAtRoot: false };
}

export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

export function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  return { begins: dateOf(validFrom), ends: dateOf(validTo) };
}

function dateOf(text: string): Date | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
