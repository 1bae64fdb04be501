/**
 * Stores a certificate and its key as `NAME.crt.pem` (mode 644) and `NAME.key.pem` (mode 600 from its first byte).
 * Each file appears whole or not at all; an existing file is replaced only when that was asked for.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from '../../core/errors.ts';
import { readRegularFile } from '../../platform/regular-file.ts';
import type { Credential } from './authority.ts';

export interface StorePlace {
  readonly folder: string;
  /** Base name of both files. */
  readonly name: string;
  readonly replace: boolean;
}

export interface StoredCredential {
  readonly certFile: string;
  readonly keyFile: string;
}

export function credentialFiles(folder: string, name: string): StoredCredential {
  return {
    certFile: path.join(folder, `${name}.crt.pem`),
    keyFile: path.join(folder, `${name}.key.pem`),
  };
}

/** Makes the folder if need be. Throws EnvironmentError naming the file at fault, and leaves no half of a pair then. */
export async function storeCredential(
  credential: Credential,
  { folder, name, replace }: StorePlace,
): Promise<StoredCredential> {
  const files = credentialFiles(folder, name);
  await guard(folder, 'mkdir', () => makeFolder(path.resolve(folder)));
  await put(files.keyFile, credential.key, 0o600, replace);
  try {
    await put(files.certFile, credential.cert, 0o644, replace);
  } catch (error) {
    // A key without its certificate would block the next attempt. Replaced keys stay: there is nothing to go back to.
    if (!replace) await unlink(files.keyFile);
    throw error;
  }
  return files;
}

/** Writes files that belong together to a folder of their own; refuses to replace any. Throws EnvironmentError. */
export async function storeFiles(
  folder: string,
  files: readonly {
    readonly name: string;
    readonly content: Uint8Array;
    readonly isSecret: boolean;
  }[],
): Promise<void> {
  await guard(folder, 'mkdir', () => makeFolder(path.resolve(folder)));
  for (const { name, content, isSecret } of files) {
    await put(path.join(folder, name), content, isSecret ? 0o600 : 0o644, false);
  }
}

/** Content of a file that the operator named. */
export async function readBytes(file: string): Promise<Buffer> {
  const content = await guard(file, 'open', () => readRegularFile(file));
  if (content.ok) return content.bytes;
  throw new EnvironmentError(`${file}: ${content.problem}`, { errno: 'EFORMAT', syscall: 'open' });
}

/** With its parents. Not `mkdir` with `recursive`: where folders cannot be made, as in /proc, it never ends. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const parent = path.dirname(folder);
    if (errno !== 'ENOENT' || (await exists(parent))) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

async function put(
  file: string,
  content: string | Uint8Array,
  mode: number,
  replace: boolean,
): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  await guard(file, 'open', async () => {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
      // link() refuses an existing name, which rename() would silently replace.
      await (replace ? rename(temporary, file) : link(temporary, file));
    } finally {
      await handle.close();
      await unlink(temporary).catch(ignoreMissing);
    }
  });
}

async function guard<T>(file: string, syscall: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const errno = errnoOf(cause);
    const reason = reasons[errno] ?? (cause instanceof Error ? cause.message : String(cause));
    throw new EnvironmentError(`${file}: ${reason}`, { errno, syscall, cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'exists already; use --force to replace it, or another folder',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of this path is not a directory',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
};

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN';
}

function ignoreMissing(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
