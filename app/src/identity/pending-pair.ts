/**
 * Key and certificate are two files, and no file system replaces two at once. So both are written first into a third
 * one, as a whole: from then on a run that was cut off, by a full disk or a power cut, can be finished without the ENF,
 * which has registered the key already. The third file is removed last.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { ConfigError, EnvironmentError } from '../core/errors.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { addressOfName } from './certificate-name.ts';
import { isTpmKey } from './private-key.ts';
import { decodeTpmKeyFile } from './tpm/tpm-key-file.ts';
import { rehearseReplacement, replaceFile, type NewFile } from '../platform/atomic-file.ts';
import { readFailure } from '../platform/file-errno.ts';
import { readRegularFileNow } from '../platform/regular-file.ts';
import { systemErrno } from '../platform/system-errno.ts';

export interface IdentityPlace {
  readonly certFile: string;
  readonly keyFile: string;
  /** Undefined: the user of this process. */
  readonly owner: (NonNullable<NewFile['owner']> & { readonly name: string }) | undefined;
  /** Who writes, for the advice in messages; undefined: the service user. */
  readonly writer?: string;
}

export interface NewIdentity {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface PendingIdentity extends NewIdentity {
  readonly address: Uint8Array;
  readonly addressText: string;
  readonly notAfter: Date;
}

const longestFile = 16 * 1024;

export function pendingFile({ keyFile }: Pick<IdentityPlace, 'keyFile'>): string {
  return `${keyFile}.pending`;
}

/** What each file gets, whatever the umask. */
export function fileModes({
  owner,
}: IdentityPlace): Record<'cert' | 'key', Omit<NewFile, 'content'>> {
  return { cert: { mode: 0o644, owner }, key: { mode: 0o600, owner } };
}

/** As large as a key with its certificate. */
const rehearsedBytes = 4096;

/** Finds what would keep the files from being written, before the ENF registers anything. Throws EnvironmentError. */
export async function rehearsePair(place: IdentityPlace): Promise<void> {
  const { writer } = place;
  const modes = fileModes(place);
  const content = new Uint8Array(rehearsedBytes);
  await rehearseReplacement(pendingFile(place), { content, mode: 0o600 }, writer);
  await rehearseReplacement(place.keyFile, { content, ...modes.key }, writer);
  await rehearseReplacement(place.certFile, { content, ...modes.cert }, writer);
}

/** Step one. Throws EnvironmentError; the files are as they were then. */
export async function keepPending(place: IdentityPlace, { cert, key }: NewIdentity): Promise<void> {
  await replaceFile(pendingFile(place), { content: key + cert, mode: 0o600 }, place.writer);
}

/** Step two, which may be repeated. Throws EnvironmentError; what is pending stays then. */
export async function installPending(
  place: IdentityPlace,
  { cert, key }: NewIdentity,
): Promise<void> {
  const { writer } = place;
  const modes = fileModes(place);
  await replaceFile(place.keyFile, { content: key, ...modes.key }, writer);
  await replaceFile(place.certFile, { content: cert, ...modes.cert }, writer);
  removePending(place);
}

/**
 * What an earlier run has left; undefined if nothing. Throws ConfigError for what no run has left there, and
 * EnvironmentError when it cannot be read now: it may be the only copy of what the ENF has registered.
 */
export function readPending(place: IdentityPlace): PendingIdentity | undefined {
  const file = pendingFile(place);
  let content;
  try {
    content = readRegularFileNow(file, longestFile);
  } catch (cause) {
    const belongs = 'restore it, or move it away';
    const { code, problem, advice } = readFailure(cause, belongs, place.writer);
    if (code === 'ENOENT') return undefined;
    const message = `${file}: ${problem}; ${advice}`;
    throw new EnvironmentError(message, { errno: code, syscall: 'read', cause });
  }
  if (!content.ok) throw new ConfigError(content.problem, { file });
  try {
    return parse(content.bytes.toString('latin1'));
  } catch (cause) {
    throw new ConfigError('is not what an interrupted run leaves; move it away', { file, cause });
  }
}

/** Idempotent: another run may have finished the same. Throws EnvironmentError. */
function removePending(place: IdentityPlace): void {
  const file = pendingFile(place);
  try {
    rmSync(file, { force: true });
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    const message = `${file}: cannot be removed: ${text}; its pair is in place, so remove this file`;
    throw new EnvironmentError(message, { errno: code, syscall: 'unlink', cause });
  }
}

const blocks =
  /^(-----BEGIN (?:TSS2 )?PRIVATE KEY-----[^-]+-----END (?:TSS2 )?PRIVATE KEY-----\n)(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n)$/;

function parse(text: string): PendingIdentity {
  const [, key = '', cert = ''] = blocks.exec(text) ?? [];
  const certificate = new X509Certificate(cert);
  const { commonName, notAfter } = readCertificateFields(certificate.raw);
  const name = addressOfName(commonName);
  if (!name.ok || !isPair(certificate, key)) throw new SyntaxError('not a pair');
  return { key, cert, address: name.address, addressText: name.text, notAfter };
}

function isPair(certificate: X509Certificate, key: string): boolean {
  if (!isTpmKey(Buffer.from(key))) return certificate.checkPrivateKey(createPrivateKey(key));
  return certificate.publicKey.equals(decodeTpmKeyFile('', key).publicKey);
}
