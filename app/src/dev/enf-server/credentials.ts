/** Reads the files that the command line names: the server's own pair, the clients' authorities, the registry. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, EnvironmentError, ParseError } from '../../core/errors.ts';
import { readRegularFile } from '../../platform/regular-file.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { registryEntry } from './admission.ts';
import type { Registry } from './admission.ts';

/** Both PEM, and they belong together. */
export async function loadServerPair(
  certFile: string,
  keyFile: string,
): Promise<{ cert: string; key: string }> {
  const cert = (await readInput(certFile)).toString();
  const key = (await readInput(keyFile)).toString();
  const certificate = parseCertificate(cert, certFile);
  let privateKey;
  try {
    privateKey = createPrivateKey(key);
  } catch (cause) {
    throw new ConfigError('no usable private key', { file: keyFile, expected: 'PEM', cause });
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError(`does not belong to the certificate ${certFile}`, { file: keyFile });
  }
  return { cert, key };
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate of a PEM file. */
export async function loadAuthorities(file: string): Promise<X509Certificate[]> {
  const text = (await readInput(file)).toString();
  const blocks = text.match(pemCertificate);
  if (blocks === null) {
    throw new ConfigError('no certificate in this file', { file, expected: 'PEM' });
  }
  return blocks.map((block) => parseCertificate(block, file));
}

const certificateFile = /\.(pem|crt|cer|der)$/;
const keyFile = /\.key\.pem$/;

/** Certificates of the allowed clients, PEM or DER, one per file; other files of the folder are left alone. */
export async function loadRegistry(folder: string): Promise<Registry> {
  const names = await guard(folder, () => readdir(folder));
  const registry = new Map<string, string>();
  for (const name of names.sort()) {
    if (!certificateFile.test(name) || keyFile.test(name)) continue;
    const file = path.join(folder, name);
    const certificate = parseCertificate(await readInput(file), file);
    if (certificate.ca) continue;
    try {
      registry.set(...registryEntry(certificate));
    } catch (cause) {
      if (!(cause instanceof ParseError)) throw cause;
      throw new ConfigError(cause.message, { file, cause });
    }
  }
  return registry;
}

/** Content of a file that the operator named. */
export async function readInput(file: string): Promise<Buffer> {
  const content = await guard(file, () => readRegularFile(file));
  if (content.ok) return content.bytes;
  throw new EnvironmentError(`${file}: ${content.problem}`, { errno: 'EFORMAT', syscall: 'open' });
}

function parseCertificate(content: Buffer | string, file: string): X509Certificate {
  try {
    return new X509Certificate(content);
  } catch (cause) {
    throw new ConfigError('not a certificate', { file, expected: 'X.509', cause });
  }
}

async function guard<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    throw new EnvironmentError(`${file}: cannot be read: ${text}`, {
      errno: code,
      syscall: 'open',
      cause,
    });
  }
}
