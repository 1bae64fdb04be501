/** The identity as far as it is public: the certificate's contents, and the owners and modes of its files. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { readRegularFile } from '../../../platform/regular-file.ts';
import { systemErrno } from '../../../platform/system-errno.ts';
import type { Config } from '../../../config/config.ts';
import type { Fact } from './system-facts.ts';

export async function identityFacts({ identity, remote }: Config): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const [key, file] of [
    ['remote.ca_cert_file', remote.caCertFile],
    ['identity.cert_file', identity.certFile],
    ['identity.key_file', identity.keyFile],
  ] as const) {
    if (file === undefined) continue;
    const mode = await modeOf(file);
    const contents = key === 'identity.key_file' ? '' : await certificateText(file);
    facts.push({ heading: `${key}: ${file}`, text: `${mode}\n${contents}` });
  }
  return facts;
}

/** The secret numbers of the key, for the search that nothing of them is in a report. Empty when it cannot be read. */
export async function secretsOfKey(file: string | undefined): Promise<Uint8Array[]> {
  if (file === undefined) return [];
  try {
    const content = await readRegularFile(file);
    if (!content.ok) return [];
    const { d } = createPrivateKey(content.bytes).export({ format: 'jwk' });
    return d === undefined ? [] : [Buffer.from(d, 'base64url')];
  } catch {
    return [];
  }
}

async function modeOf(file: string): Promise<string> {
  try {
    const { mode, uid, gid, size } = await stat(file);
    return `mode ${(mode & 0o7777).toString(8)}, owner ${uid}:${gid}, ${size} bytes`;
  } catch (error) {
    return systemErrno(error).text;
  }
}

async function certificateText(file: string): Promise<string> {
  try {
    const content = await readRegularFile(file);
    if (!content.ok) return content.problem;
    const { subject, issuer, validFrom, validTo, serialNumber, fingerprint256 } =
      new X509Certificate(content.bytes);
    const lines = { subject, issuer, validFrom, validTo, serialNumber, fingerprint256 };
    return Object.entries(lines)
      .map(([name, value]) => `${name}: ${value.replaceAll('\n', ', ')}`)
      .join('\n');
  } catch {
    return 'is not a certificate';
  }
}
