/**
 * The context of the TLS library in which an identity is used. The library is the judge of what it can use, and it
 * judges here: when the identity is loaded, and by `enftun check`, not first in the middle of a connection.
 *
 * Signature algorithms are a list of our own, as RFC 8446 section 4.2.3 has them. That of the library grows with its
 * version, to keys on curves that NIST has no name for: describing a certificate with such a key ends the process in
 * some releases of Node.js.
 */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { EnvironmentError } from '../core/errors.ts';
import { IdentityError } from './identity-error.ts';

/** All PEM. */
export interface TlsCredentials {
  /** Trusted roots for the server. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What a ClientHello offers: names of OpenSSL, separated by colons. */
export interface HelloParameters {
  readonly ciphers: string;
  readonly groups: string;
}

export const signatureAlgorithms = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'ed25519',
  'ed448',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pss_pss_sha256',
  'rsa_pss_pss_sha384',
  'rsa_pss_pss_sha512',
  // TLS 1.2 and the signatures on certificates.
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
].join(':');

/**
 * Known to each version of the library that Node.js has. Not its defaults, which the command line of Node.js changes.
 */
export const plainHello: HelloParameters = {
  ciphers: constants.defaultCoreCipherList,
  groups: 'X25519:P-256:P-384:P-521',
};

/** Throws IdentityError for credentials that the library does not use. `certFile` is for the message. */
export function createTlsContext(
  credentials: TlsCredentials,
  hello: HelloParameters,
  certFile?: string,
): SecureContext {
  try {
    return create(hello, credentials);
  } catch (cause) {
    requireLibrary(hello);
    throw refusedByLibrary(codeOf(cause), certFile, cause);
  }
}

/** Throws IdentityError for a certificate that the library does not use with whatever key. */
export function judgeCertificate({ ca, cert }: TlsCredentials, certFile: string): void {
  try {
    createSecureContext({ ca, cert });
  } catch (cause) {
    throw refusedByLibrary(codeOf(cause), certFile, cause);
  }
}

/** Whether the library of this Node.js has a group of this name. */
export function knowsGroup(groups: string): boolean {
  try {
    create({ ...plainHello, groups }, nobody);
    return true;
  } catch {
    return false;
  }
}

/** Roots that are none: without any, the library would read all those that Node.js brings along. */
const nobody = { ca: [] };

function create(
  { ciphers, groups }: HelloParameters,
  credentials: TlsCredentials | typeof nobody,
): SecureContext {
  return createSecureContext({
    ...credentials,
    minVersion: 'TLSv1.2',
    ciphers,
    ecdhCurve: groups,
    sigalgs: signatureAlgorithms,
  });
}

/** A library without the algorithms that are asked for is not fault of the identity. */
function requireLibrary(hello: HelloParameters): void {
  try {
    create(hello, nobody);
  } catch (cause) {
    const problem = `the TLS library of this Node.js lacks what the tunnel needs (${codeOf(cause)}); use another Node.js`;
    throw new EnvironmentError(problem, { errno: 'ENOTSUP', syscall: 'TLS context', cause });
  }
}

const refusals: ReadonlyMap<string, string> = new Map([
  [
    'ERR_SSL_EE_KEY_TOO_SMALL',
    'its key is too short for the TLS library; have a certificate issued for a P-256 key',
  ],
  [
    'ERR_SSL_CA_MD_TOO_WEAK',
    'it is signed with a hash that the TLS library refuses, such as SHA-1; have it reissued with SHA-256',
  ],
]);

/** The error for credentials that the library refuses with this code. */
export function refusedByLibrary(
  code: string,
  file: string | undefined,
  cause: unknown,
): IdentityError {
  const reason = refusals.get(code) ?? 'the TLS library refuses it; have another one issued';
  const message = `${file ?? 'the certificate'}: cannot be used: ${reason} (${code})`;
  return new IdentityError(message, { step: 'certificate', file, errno: code, cause });
}

/** Named after the library's own reason; not more of its text than that. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code).slice(0, 80) : 'ETLS';
}
