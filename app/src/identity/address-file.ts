/**
 * The file named by `identity.ip_file`: the tunnel's address in RFC 5952 text and a newline, for other programs of the
 * machine.
 */
import { replaceFile } from '../platform/atomic-file.ts';
import { readRegularFileNow } from '../platform/regular-file.ts';

const mode = 0o644;
/** Longer than any address; a longer file has other content. */
const maxBytes = 64;

/** A file that already says so is left alone: it lies on flash. Throws EnvironmentError when it cannot be written. */
export async function writeAddressFile(file: string, addressText: string): Promise<void> {
  const content = `${addressText}\n`;
  if (currentContent(file) === content) return;
  await replaceFile(file, { content, mode });
}

/** Undefined for every trouble: replacing the file then either mends it or says what is wrong. */
function currentContent(file: string): string | undefined {
  try {
    const current = readRegularFileNow(file, maxBytes);
    return current.ok ? current.bytes.toString('latin1') : undefined;
  } catch {
    return undefined;
  }
}
