/** The file named by `identity.ip_file`: the tunnel's address in RFC 5952 text and a newline, for other programs of the machine. */
import { readFile } from 'node:fs/promises';
import { replaceFile } from './atomic-file.ts';

const mode = 0o644;

/** A file that already says so is left alone: it lies on flash. Throws EnvironmentError when it cannot be written. */
export async function writeAddressFile(file: string, addressText: string): Promise<void> {
  const content = `${addressText}\n`;
  if ((await currentContent(file)) === content) return;
  await replaceFile(file, content, mode);
}

/** Undefined for every trouble: replacing the file then either mends it or says what is wrong. */
async function currentContent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'latin1');
  } catch {
    return undefined;
  }
}
