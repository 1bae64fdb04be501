/**
 * The identity as it lies in files: CA certificates, own certificate, private key. Each is checked on its own, then
 * key against certificate, then both by the TLS library, then the address in the certificate, so that the message names
 * the one thing that is wrong.
 *
 * Left out: keys inside a TPM (`TSS2` files), which are recognised and refused.
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { ParseError } from '../core/errors.ts';
import { readCertificateFields, type CertificateFields } from './certificate-fields.ts';
import { addressOfName } from './certificate-name.ts';
import { readCredentialFile } from './credential-file.ts';
import { IdentityError } from './identity-error.ts';
import type { Identity, Root } from './identity.ts';
import { unusableKind } from './key-kind.ts';
import { decodePrivateKey } from './private-key.ts';
import { createTlsContext, plainHello } from './tls-context.ts';

export interface IdentityFiles {
  caCertFile: string;
  /** Undefined when the configuration does not name it: an error of its step. */
  certFile: string | undefined;
  keyFile: string | undefined;
}

export interface LoadIdentityOptions {
  /** Called for what works but should be corrected: a key that others can read. */
  warn?: (message: string) => void;
}

/** Throws IdentityError; reads the files again each time, so that new ones are taken up without a restart. */
export async function loadIdentity(
  files: IdentityFiles,
  { warn }: LoadIdentityOptions = {},
): Promise<Identity> {
  const roots = await loadRoots(files.caCertFile);
  const certFile = named('certificate', 'identity.cert_file', files.certFile);
  const certificate = await loadCertificate(certFile);
  const keyFile = named('key', 'identity.key_file', files.keyFile);
  const keyContent = await readCredentialFile('key', keyFile);
  const key = decodePrivateKey(keyFile, keyContent.bytes);
  requirePair(certificate, certFile, key, keyFile);
  const credentials = {
    ca: roots.map(({ pem }) => pem).join(''),
    cert: certificate.toString(),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  createTlsContext(credentials, plainHello, certFile);
  if ((keyContent.mode & 0o077) !== 0) {
    const mode = (keyContent.mode & 0o777).toString(8).padStart(4, '0');
    warn?.(
      `${keyFile}: other users have access to the private key (mode ${mode}); run: chmod 600 ${keyFile}`,
    );
  }
  const fields = fieldsOf(certFile, certificate);
  const name = addressOfName(fields.commonName);
  if (!name.ok) {
    throw new IdentityError(
      `${certFile}: the commonName ${name.problem}; use a certificate issued for this network`,
      { step: 'name', file: certFile },
    );
  }
  return {
    ...credentials,
    roots: roots.map(({ root }) => root),
    address: name.address,
    addressText: name.text,
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
  };
}

/** The key is that of the certificate, and of a kind that TLS takes. */
function requirePair(
  certificate: X509Certificate,
  certFile: string,
  key: KeyObject,
  keyFile: string,
): void {
  if (!certificate.checkPrivateKey(key)) {
    throw new IdentityError(
      `${keyFile}: is not the key of the certificate ${certFile}; put both files of one issue there`,
      { step: 'pair', file: keyFile },
    );
  }
  const kind = unusableKind(key);
  if (kind === undefined) return;
  throw new IdentityError(
    `${keyFile}: is ${kind}, which no TLS 1.3 server accepts; have a certificate issued for a P-256 key`,
    { step: 'key', file: keyFile },
  );
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** All roots of the file as clean PEM, without the text that people keep around it. */
async function loadRoots(file: string): Promise<{ pem: string; root: Root }[]> {
  const { bytes } = await readCredentialFile('ca', file);
  const blocks = bytes.toString('latin1').match(certificateBlock) ?? [];
  if (blocks.length === 0) {
    throw new IdentityError(`${file}: contains no PEM certificate; put the network's root there`, {
      step: 'ca',
      file,
    });
  }
  return blocks.map((block, index) => {
    try {
      const certificate = new X509Certificate(block);
      const { commonName, ...validity } = readCertificateFields(certificate.raw);
      return { pem: certificate.toString(), root: { commonName, ...validity } };
    } catch (error) {
      throw new IdentityError(
        `${file}: certificate ${index + 1} of ${blocks.length} is damaged; copy the network's root there again`,
        { step: 'ca', file, cause: error },
      );
    }
  });
}

/** PEM, else DER. Of several certificates the first is ours: the ENF takes no chain. */
async function loadCertificate(file: string): Promise<X509Certificate> {
  const { bytes } = await readCredentialFile('certificate', file);
  const [pem] = bytes.toString('latin1').match(certificateBlock) ?? [];
  try {
    return new X509Certificate(pem ?? bytes);
  } catch (error) {
    throw unusableCertificate(file, 'is not a certificate, neither PEM nor DER', error);
  }
}

function fieldsOf(file: string, certificate: X509Certificate): CertificateFields {
  try {
    return readCertificateFields(certificate.raw);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw unusableCertificate(file, `cannot be read (${error.message})`, error);
  }
}

function unusableCertificate(file: string, problem: string, cause: unknown): IdentityError {
  return new IdentityError(`${file}: ${problem}; provision the device again`, {
    step: 'certificate',
    file,
    cause,
  });
}

function named(step: 'certificate' | 'key', setting: string, file: string | undefined): string {
  if (file !== undefined) return file;
  throw new IdentityError(`${setting} is not set; name the file in the configuration`, {
    step,
    file,
  });
}
