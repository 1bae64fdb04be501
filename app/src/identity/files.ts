/**
 * The identity as it lies in files: CA certificates, own certificate, private key. Each is checked on its own, then
 * key against certificate, then both by the TLS library, then the address in the certificate, so that the message names
 * the one thing that is wrong.
 *
 * Left out: keys inside a TPM (`TSS2` files), which are recognised and refused.
 */
import { X509Certificate } from 'node:crypto';
import { readCertificateFields } from './certificate-fields.ts';
import { readCredentialFile } from './credential-file.ts';
import { IdentityError } from './identity-error.ts';
import type { Identity, Root } from './identity.ts';
import { certificateBlock, fieldsOf, loadCertificate, loadKeyOf, nameOf } from './own-pair.ts';
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
  const { key, mode } = await loadKeyOf(certificate, certFile, keyFile);
  const credentials = {
    ca: roots.map(({ pem }) => pem).join(''),
    cert: certificate.toString(),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  createTlsContext(credentials, plainHello, certFile);
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    warn?.(
      `${keyFile}: other users have access to the private key (mode ${octal}); run: chmod 600 ${keyFile}`,
    );
  }
  const fields = fieldsOf(certFile, certificate);
  const name = nameOf(certFile, fields);
  return {
    ...credentials,
    roots: roots.map(({ root }) => root),
    address: name.address,
    addressText: name.text,
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
  };
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
