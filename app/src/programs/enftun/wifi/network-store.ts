/**
 * The file in which a card keeps its WiFi networks: readable for its owner alone, replaced as a whole. It belongs to
 * whom its folder belongs to, which is the user of wpa_supplicant: who may write here is root, who must read is not.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, EnvironmentError } from '../../../core/errors.ts';
import { replaceFile } from '../../../platform/atomic-file.ts';
import { readFailure } from '../../../platform/file-errno.ts';
import { readRegularFile } from '../../../platform/regular-file.ts';
import { requireKept } from '../../../status/format-storage.ts';
import type { WifiPlace } from './command-line.ts';
import { emptyConfiguration } from './edit-supplicant-file.ts';
import { withFileLock } from '../../../platform/file-lock.ts';
import {
  parseSupplicantFile,
  printSupplicantFile,
  type SupplicantFile,
} from './supplicant-file.ts';

const privateMode = 0o600;

export function fileOf({ folder, interfaceName }: WifiPlace): string {
  return path.join(folder, `wpa_supplicant-${interfaceName}.conf`);
}

/** As of a card without networks when there is no file yet. Throws EnvironmentError. */
export async function readNetworks(place: WifiPlace): Promise<SupplicantFile> {
  const file = fileOf(place);
  try {
    const content = await readRegularFile(file);
    if (!content.ok) {
      throw new EnvironmentError(`${file}: ${content.problem}`, {
        errno: 'EINVAL',
        syscall: 'read',
      });
    }
    const text = content.bytes.toString('latin1');
    return parseSupplicantFile(text.trim() === '' ? emptyConfiguration : text);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const { code, problem, advice } = readFailure(error, 'check its folder', 'root alone');
    if (code === 'ENOENT') return parseSupplicantFile(emptyConfiguration);
    throw new EnvironmentError(`${file}: ${problem}; ${advice}`, {
      errno: code,
      syscall: 'read',
      cause: error,
    });
  }
}

/**
 * Replaces the networks by what `change` makes of them, under a lock against other changes. Returns what was there
 * before. Throws EnvironmentError, and ConfigError when wpa_supplicant cannot read the file as it is.
 */
export function changeNetworks(
  place: WifiPlace,
  change: (before: SupplicantFile) => SupplicantFile,
): Promise<SupplicantFile> {
  return withFileLock(fileOf(place), async () => {
    requireKept(place.folder);
    const before = await readNetworks(place);
    if (before.problem !== undefined) {
      const { line, problem } = before.problem;
      const advice =
        'wpa_supplicant refuses the whole file; correct that line by hand, nothing was changed';
      throw new ConfigError(`${problem}: ${advice}`, { file: fileOf(place), line });
    }
    await writeNetworks(place, change(before));
    return before;
  });
}

async function writeNetworks(place: WifiPlace, networks: SupplicantFile): Promise<void> {
  const file = fileOf(place);
  const content = Buffer.from(printSupplicantFile(networks), 'latin1');
  const owner = await ownerOf(place.folder);
  await replaceFile(file, { content, mode: privateMode, owner }, 'root');
}

/** Undefined if there is no such folder; the error comes from writing into it. */
async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(folder);
    return { uid, gid };
  } catch {
    return undefined;
  }
}
