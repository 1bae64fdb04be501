/**
 * Certificates of a development ENF: an authority, servers and clients below it, and self-signed clients.
 * Everything happens in memory; `files.ts` stores the result. All text is PEM.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { ConfigError, ParseError } from '../core/errors.ts';
import { parseAlternativeName } from './alternative-name.ts';
import { generateKey, keyToPem, signCertificate } from './certificate.ts';
import type { Validity } from './validity.ts';

/** A certificate and its private key, both PEM. */
export interface Credential {
  readonly cert: string;
  readonly key: string;
}

export interface AuthorityOptions {
  readonly name?: string | undefined;
  readonly validity?: Validity | undefined;
}

export interface ServerOptions {
  /** Common name; also the first alternative name. */
  readonly name?: string | undefined;
  /** Further host names or IP addresses under which clients may verify the server. */
  readonly alternativeNames?: readonly string[] | undefined;
  readonly validity?: Validity | undefined;
}

export interface ClientOptions {
  /** `hex`: 32 digits, as the ENF's own tools write it; `colons`: RFC 5952 text. */
  readonly nameFormat?: 'hex' | 'colons' | undefined;
  readonly validity?: Validity | undefined;
}

/** An authority with its key, able to sign. */
export interface Authority extends Credential {
  issueServer(options?: ServerOptions): Credential;
  /** `address` is IPv6 text in any form; it becomes the common name and an alternative name. */
  issueClient(address: string, options?: ClientOptions): Credential;
}

export function createAuthority(options: AuthorityOptions = {}): Authority {
  const pair = generateKey();
  const name = options.name ?? 'ENF development root';
  const cert = signCertificate({
    role: 'authority',
    subject: name,
    subjectKey: pair.publicKey,
    issuer: name,
    issuerKey: pair.publicKey,
    signingKey: pair.privateKey,
    validity: options.validity,
  });
  return new Signer({ cert, key: keyToPem(pair.privateKey) }, name, pair.privateKey);
}

/** An authority from its two PEM texts; `origin` names them in errors. */
export function loadAuthority(credential: Credential, origin: string): Authority {
  const found = read(credential, origin);
  if (!found.certificate.ca) {
    throw new ConfigError('not the certificate of an authority', { file: origin });
  }
  if (!found.certificate.checkPrivateKey(found.key)) {
    throw new ConfigError('certificate and key do not belong together', { file: origin });
  }
  const name = /^CN=(.*)$/m.exec(found.certificate.subject)?.[1];
  if (name === undefined) {
    throw new ConfigError('the certificate has no common name', { file: origin });
  }
  return new Signer(credential, name, found.key);
}

/** A client certificate that nobody signed but itself; the ENF's registry knows it by its public key. */
export function selfSignClient(address: string, options: ClientOptions = {}): Credential {
  const pair = generateKey();
  const subject = clientName(address, options.nameFormat ?? 'hex');
  const cert = signCertificate({
    role: 'client',
    subject,
    subjectKey: pair.publicKey,
    issuer: subject,
    issuerKey: pair.publicKey,
    signingKey: pair.privateKey,
    names: [parseAlternativeName(address)],
    validity: options.validity,
  });
  return { cert, key: keyToPem(pair.privateKey) };
}

class Signer implements Authority {
  readonly cert: string;
  readonly key: string;
  readonly #name: string;
  readonly #signingKey: KeyObject;

  constructor(credential: Credential, name: string, signingKey: KeyObject) {
    this.cert = credential.cert;
    this.key = credential.key;
    this.#name = name;
    this.#signingKey = signingKey;
  }

  issueServer(options: ServerOptions = {}): Credential {
    const name = options.name ?? 'router.enftun.example';
    return this.#issue('server', name, [name, ...(options.alternativeNames ?? [])], options);
  }

  issueClient(address: string, options: ClientOptions = {}): Credential {
    const name = clientName(address, options.nameFormat ?? 'hex');
    return this.#issue('client', name, [address], options);
  }

  #issue(
    role: 'server' | 'client',
    subject: string,
    names: readonly string[],
    options: { validity?: Validity | undefined },
  ): Credential {
    const pair = generateKey();
    const cert = signCertificate({
      role,
      subject,
      subjectKey: pair.publicKey,
      issuer: this.#name,
      issuerKey: createPublicKey(this.#signingKey),
      signingKey: this.#signingKey,
      names: names.map(parseAlternativeName),
      validity: options.validity,
    });
    return { cert, key: keyToPem(pair.privateKey) };
  }
}

/** The common name from which both ends derive the tunnel's address. */
function clientName(address: string, format: 'hex' | 'colons'): string {
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) {
    throw new ParseError(
      `client address "${address}"`,
      0,
      'expected an IPv6 address such as fd00:8f80:1::1234',
    );
  }
  const parsed = ipaddr.IPv6.parse(address);
  if (format === 'colons') return parsed.toRFC5952String();
  return Buffer.from(parsed.toByteArray()).toString('hex');
}

function read(credential: Credential, origin: string) {
  try {
    return {
      certificate: new X509Certificate(credential.cert),
      key: createPrivateKey(credential.key),
    };
  } catch (cause) {
    throw new ConfigError('not a PEM certificate with its private key', { file: origin, cause });
  }
}
