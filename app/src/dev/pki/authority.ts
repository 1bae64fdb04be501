/**
 * Certificates of a development ENF: an authority, servers and clients below it, and self-signed clients.
 * Everything happens in memory; `credential-store.ts` stores the result. All text is PEM.
 */
import { ParseError } from '../../core/errors.ts';
import { addressOfName } from '../../identity/certificate-name.ts';
import type { Validity } from '../../identity/certificate-validity.ts';
import { commonName, generateKey, keyToPem } from '../../identity/certificate-writer.ts';
import { formatIpv6, parseIpv6 } from '../../wire/ipv6-address.ts';
import { parseAlternativeName } from './alternative-name.ts';
import { keyIdentifier, signForRole } from './certificate.ts';
import type { CertificateOptions, Issuer } from './certificate.ts';
import { readIssuer } from './issuer.ts';
import type { IssuerSource } from './issuer.ts';

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
  const name = commonName(options.name ?? 'ENF development root');
  const { credential, issuer } = selfSigned({
    role: 'authority',
    subject: name,
    validity: options.validity,
  });
  return new Signer(credential, issuer);
}

/** An authority from PEM texts, this tool's or another's; throws ConfigError naming the file at fault. */
export function loadAuthority(source: IssuerSource): Authority {
  return new Signer({ cert: source.cert, key: source.key }, readIssuer(source));
}

/** A self-signed client certificate; the ENF's registry has its public key. */
export function selfSignClient(address: string, options: ClientOptions = {}): Credential {
  return selfSigned({
    role: 'client',
    subject: commonName(clientName(address, options.nameFormat ?? 'hex')),
    names: [parseAlternativeName(address)],
    validity: options.validity,
  }).credential;
}

class Signer implements Authority {
  readonly cert: string;
  readonly key: string;
  readonly #issuer: Issuer;

  constructor(credential: Credential, issuer: Issuer) {
    this.cert = credential.cert;
    this.key = credential.key;
    this.#issuer = issuer;
  }

  issueServer(options: ServerOptions = {}): Credential {
    const name = options.name ?? 'router.enftun.example';
    const names = [name, ...(options.alternativeNames ?? [])];
    return this.#issue('server', name, names, options.validity);
  }

  issueClient(address: string, options: ClientOptions = {}): Credential {
    const name = clientName(address, options.nameFormat ?? 'hex');
    return this.#issue('client', name, [address], options.validity);
  }

  #issue(
    role: 'server' | 'client',
    name: string,
    names: readonly string[],
    validity: Validity | undefined,
  ): Credential {
    const pair = generateKey();
    const cert = signForRole({
      role,
      subject: commonName(name),
      subjectKey: pair.publicKey,
      issuer: this.#issuer,
      names: names.map(parseAlternativeName),
      validity,
    });
    return { cert, key: keyToPem(pair.privateKey) };
  }
}

type SelfSignedOptions = Omit<CertificateOptions, 'subjectKey' | 'issuer'>;

function selfSigned(options: SelfSignedOptions): { credential: Credential; issuer: Issuer } {
  const { publicKey, privateKey } = generateKey();
  const issuer = { name: options.subject, keyId: keyIdentifier(publicKey), privateKey };
  const cert = signForRole({ ...options, subjectKey: publicKey, issuer });
  return { credential: { cert, key: keyToPem(privateKey) }, issuer };
}

/** The common name from which both ends derive the tunnel's address. */
function clientName(address: string, format: 'hex' | 'colons'): string {
  const what = `client address "${address}"`;
  const bytes = parseIpv6(address);
  if (bytes === undefined) {
    throw new ParseError(what, 0, 'expected an IPv6 address such as fd00:8f80:1::1234');
  }
  const name = format === 'colons' ? formatIpv6(bytes) : Buffer.from(bytes).toString('hex');
  const result = addressOfName(name);
  if (!result.ok) throw new ParseError(what, 0, result.problem);
  return name;
}
