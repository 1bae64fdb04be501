/**
 * Who may have a tunnel. As in the real ENF this is decided after the TLS handshake, which accepts every client
 * certificate: what counts is a public key in the registry, or a signature of the clients' authority.
 */
import type { X509Certificate } from 'node:crypto';
import { ParseError } from '../../core/errors.ts';
import { readCertificateFields } from '../../identity/certificate-fields.ts';
import { addressOfName } from '../../identity/certificate-name.ts';

export interface AdmissionRules {
  /** Any client whose certificate names an address. */
  readonly anyClient: boolean;
  readonly authorities: readonly X509Certificate[];
  readonly registry: Registry;
}

/** Public keys (SubjectPublicKeyInfo, base64) and the address that each may use. */
export type Registry = ReadonlyMap<string, string>;

export type Decision =
  | { readonly admitted: true; readonly address: Uint8Array; readonly addressText: string }
  /** `reason` is for the log. */
  | { readonly admitted: false; readonly reason: string };

/** `now`: the time of day. */
export function decide(
  certificate: X509Certificate | undefined,
  rules: AdmissionRules,
  now: Date,
): Decision {
  if (certificate === undefined) return refuse('it sent no certificate');
  let identity;
  try {
    identity = readIdentity(certificate);
  } catch (error) {
    if (error instanceof ParseError) return refuse(`its certificate: ${error.message}`);
    throw error;
  }
  const { name, notBefore, notAfter } = identity;
  if (!name.ok) return refuse(`its certificate's commonName ${name.problem}`);
  if (now < notBefore)
    return refuse(`its certificate is not valid before ${notBefore.toISOString()}`);
  if (now > notAfter) return refuse(`its certificate expired on ${notAfter.toISOString()}`);

  const registered = rules.registry.get(publicKeyOf(certificate));
  if (registered !== undefined && registered !== name.text) {
    return refuse(`it claims ${name.text}; its key is registered for ${registered}`);
  }
  const known =
    rules.anyClient ||
    registered !== undefined ||
    rules.authorities.some((authority) => isSignedBy(certificate, authority));
  if (!known) return refuse(`${name.text}: neither registered nor signed by the client authority`);
  return { admitted: true, address: name.address, addressText: name.text };
}

/** From certificates of allowed clients. Throws ParseError for one that names no address. */
export function registryEntry(certificate: X509Certificate): [key: string, address: string] {
  const { name } = readIdentity(certificate);
  if (!name.ok) throw new ParseError('client certificate', 0, `its commonName ${name.problem}`);
  return [publicKeyOf(certificate), name.text];
}

function readIdentity(certificate: X509Certificate) {
  const fields = readCertificateFields(certificate.raw);
  return { ...fields, name: addressOfName(fields.commonName) };
}

function publicKeyOf(certificate: X509Certificate): string {
  return certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function refuse(reason: string): Decision {
  return { admitted: false, reason };
}
