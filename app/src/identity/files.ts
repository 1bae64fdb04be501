/**
 * The identity as it lies in files: CA certificates, own certificate, private key. Each is checked on its own, then
 * key against certificate, then both by the TLS library, then the address in the certificate, so that the message names
 * the one thing that is wrong. A key in a TPM is opened last: everything else can be judged without the TPM.
 */
import { X509Certificate } from 'node:crypto';
import { TlsAddonError } from 'tls-stream';
import { readCertificateFields } from './certificate-fields.ts';
import { readCredentialFile } from './credential-file.ts';
import { IdentityError } from './identity-error.ts';
import type { Identity, Root } from './identity.ts';
import {
  certificateBlock,
  fieldsOf,
  loadCertificate,
  loadKeyOf,
  nameOf,
  type OwnKey,
} from './own-pair.ts';
import {
  createTlsContext,
  judgeCertificate,
  plainHello,
  type TlsCredentials,
} from './tls-context.ts';
import { TpmKeys, type OpenTpmKey } from './tpm/tpm-keys.ts';
import type { TpmSettings } from './tpm/tpm-settings.ts';

export interface IdentityFiles {
  caCertFile: string;
  /** Undefined when the configuration does not name it: an error of its step. */
  certFile: string | undefined;
  keyFile: string | undefined;
}

export interface LoadIdentityOptions {
  /** Called for what works but should be corrected: a key that others can read. */
  warn?: (message: string) => void;
  /** Opens a key that is in a TPM. */
  tpm?: TpmAccess | undefined;
}

export interface TpmAccess {
  /** As they are now. */
  readonly settings: () => TpmSettings;
  /** Those that stay open; absent until there is one, as most machines have none. */
  keys?: TpmKeys;
}

/** Throws IdentityError; reads the files again each time, so that new ones are taken up without a restart. */
export async function loadIdentity(
  files: IdentityFiles,
  { warn, tpm }: LoadIdentityOptions = {},
): Promise<Identity> {
  const roots = await loadRoots(files.caCertFile);
  const certFile = named('certificate', 'identity.cert_file', files.certFile);
  const certificate = await loadCertificate(certFile);
  const keyFile = named('key', 'identity.key_file', files.keyFile);
  const { key, mode } = await loadKeyOf(certificate, certFile, keyFile);
  const credentials = {
    ca: roots.map(({ pem }) => pem).join(''),
    cert: certificate.toString(),
    key: pemOf(key),
  };
  if (key.kind === 'file') createTlsContext(credentials, plainHello, certFile);
  else judgeCertificate(credentials, certFile);
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    warn?.(
      `${keyFile}: other users have access to the private key (mode ${octal}); run: chmod 600 ${keyFile}`,
    );
  }
  const fields = fieldsOf(certFile, certificate);
  const name = nameOf(certFile, fields);
  const tpmKey = await openInTpm(keyFile, key, credentials, tpm);
  return {
    ...credentials,
    tpmKey,
    roots: roots.map(({ root }) => root),
    address: name.address,
    addressText: name.text,
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
  };
}

function pemOf(key: OwnKey): string {
  if (key.kind === 'tpm') return key.file.pem;
  return key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Undefined for a key in a file; and without the addon, where OpenSSL's configuration may name the provider. */
async function openInTpm(
  keyFile: string,
  key: OwnKey,
  credentials: TlsCredentials,
  tpm: TpmAccess | undefined,
): Promise<OpenTpmKey | undefined> {
  if (key.kind === 'file' || tpm === undefined) return undefined;
  tpm.keys ??= new TpmKeys();
  try {
    return await tpm.keys.open(keyFile, key.file, tpm.settings());
  } catch (error) {
    if (!(error instanceof TlsAddonError)) throw error;
    createTlsContext(credentials, plainHello, keyFile);
    return undefined;
  }
}

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

function named(step: 'certificate' | 'key', setting: string, file: string | undefined): string {
  if (file !== undefined) return file;
  throw new IdentityError(`${setting} is not set; name the file in the configuration`, {
    step,
    file,
  });
}
