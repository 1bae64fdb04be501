/**
 * The authorities that may vouch for the identity service and for a proxy: those of this machine, which its
 * administrator keeps, and not those that Node.js brings along. Node.js 20 and 22 cannot be asked for them.
 */
import { existsSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { ConfigError } from '../../core/errors.ts';
import { readRegularFile } from '../../platform/regular-file.ts';
import { systemErrno } from '../../platform/system-errno.ts';

/** Where distributions keep them: Debian and Buildroot, Fedora, SUSE, Alpine. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export interface TrustOptions {
  /** A file that takes the place of all others. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** PEM. Throws ConfigError naming the file. */
export async function trustedRoots({ file, environment }: TrustOptions): Promise<string> {
  // As OpenSSL, curl and other programs have it.
  const chosen =
    file ?? (environment.SSL_CERT_FILE || systemBundles.find((one) => existsSync(one)));
  if (chosen === undefined) return rootCertificates.join('\n');
  let content;
  try {
    content = await readRegularFile(chosen);
  } catch (cause) {
    throw new ConfigError(`cannot be read: ${systemErrno(cause).text}`, { file: chosen, cause });
  }
  if (!content.ok) throw new ConfigError(content.problem, { file: chosen });
  const text = content.bytes.toString('latin1');
  if (text.includes('-----BEGIN CERTIFICATE-----')) {
    if (!systemBundles.includes(chosen)) requireWhole(chosen, text);
    return text;
  }
  throw new ConfigError('no certificate in this file', {
    file: chosen,
    expected: 'root certificates, PEM',
  });
}

/** The TLS library reads up to the first block that is damaged, and leaves it and all that follow out. */
function requireWhole(file: string, text: string): void {
  const blocks = text.split('-----BEGIN CERTIFICATE-----').slice(1);
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(`-----BEGIN CERTIFICATE-----${block}`);
    } catch (cause) {
      const problem = `certificate ${index + 1} of ${blocks.length} is damaged; copy it again`;
      throw new ConfigError(problem, { file, cause });
    }
  }
}
