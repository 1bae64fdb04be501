/** The root certificates of the tunnel, as provisioning brings them: in the place of the whole file. */
import { rehearseReplacement, replaceFile } from '../platform/atomic-file.ts';
import { largestFile, readRegularFileNow } from '../platform/regular-file.ts';

const mode = 0o644;

/** A file that has them already is left alone: it lies on flash. Throws EnvironmentError when it cannot be written. */
export async function writeRoots(file: string, pem: string): Promise<void> {
  if (currentContent(file) !== pem) await replaceFile(file, { content: pem, mode });
}

/** Throws the EnvironmentError with which `writeRoots` would end. */
export async function rehearseRoots(file: string, pem: string): Promise<void> {
  if (currentContent(file) !== pem) await rehearseReplacement(file, { content: pem, mode });
}

/** Undefined for every trouble: replacing the file then either mends it or says what is wrong. */
function currentContent(file: string): string | undefined {
  try {
    const current = readRegularFileNow(file, largestFile);
    return current.ok ? current.bytes.toString('latin1') : undefined;
  } catch {
    return undefined;
  }
}
