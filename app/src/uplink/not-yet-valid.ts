/**
 * Whether nothing but this machine's clock speaks against a server's certificate. The clock of a card that was off for
 * long may show a time before the server's certificate, or the root above it, was valid; without a tunnel the card
 * cannot ask for the time.
 *
 * The TLS library reports only the last of several problems, and the time is looked at last: "not yet valid" may hide
 * an unknown issuer. So everything else is checked again here, and more narrowly than the library would: issued by
 * one of the roots directly, meant for servers, no critical extension that is not known here.
 */
import type { X509Certificate } from 'node:crypto';
import { ParseError } from '../core/errors.ts';
import { DerReader, derTag } from '../wire/der.ts';
import { isIssuedBy, readRoots, validityOf } from './certificate-chain.ts';

const serverAuthentication = '1.3.6.1.5.5.7.3.1';

/** OIDs, as hex: subjectAltName, keyUsage, basicConstraints, extKeyUsage. */
const knownExtensions: readonly string[] = ['551d11', '551d0f', '551d13', '551d25'];

/**
 * From when on both certificates are valid, when that is all that is missing; else undefined. `roots`: PEM, one or
 * more. `now`: the time of day by the clock of this machine.
 */
export function onlyNotYetValid(leaf: X509Certificate, roots: string, now: Date): Date | undefined {
  // Typed as always there; absent when the certificate does not restrict its use.
  const uses = leaf.keyUsage as readonly string[] | undefined;
  if (uses !== undefined && !uses.includes(serverAuthentication)) return undefined;
  if (!hasKnownExtensionsOnly(leaf.raw)) return undefined;
  return readRoots(roots)
    .filter((root) => isIssuedBy(leaf, root))
    .map((root) => laterBegin([leaf, root], now))
    .find((begin) => begin !== undefined);
}

/** The latest notBefore of these certificates, if it lies in the future and none of them has expired. */
function laterBegin(certificates: readonly X509Certificate[], now: Date): Date | undefined {
  let last = now;
  for (const certificate of certificates) {
    const { begins, ends } = validityOf(certificate);
    if (begins === undefined || ends === undefined || !(now < ends)) return undefined;
    if (begins > last) last = begins;
  }
  return last === now ? undefined : last;
}

/** RFC 5280 section 4.2: a critical extension that is not understood makes the certificate unusable. */
function hasKnownExtensionsOnly(der: Uint8Array): boolean {
  try {
    return criticalExtensions(der).every((oid) => knownExtensions.includes(oid));
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}

function criticalExtensions(der: Uint8Array): string[] {
  const certificate = DerReader.inside(new DerReader(der).expect(derTag.sequence, 'a certificate'));
  const fields = DerReader.inside(certificate.expect(derTag.sequence, 'the signed part'));
  const critical: string[] = [];
  while (!fields.atEnd) {
    const field = fields.next();
    if (field.tag !== derTag.explicit3) continue;
    const list = DerReader.inside(
      DerReader.inside(field).expect(derTag.sequence, 'the extensions'),
    );
    while (!list.atEnd) {
      const extension = DerReader.inside(list.expect(derTag.sequence, 'an extension'));
      const oid = extension.expect(derTag.objectIdentifier, 'the type of an extension');
      if (extension.nextTag !== derTag.boolean) continue;
      if (extension.next().content[0] !== 0)
        critical.push(Buffer.from(oid.content).toString('hex'));
    }
  }
  return critical;
}
