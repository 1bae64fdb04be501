/**
 * Reads the list of files that wpa_supplicant cannot read, which `wifi-files` of the card writes: path, line and
 * message, separated by tabs.
 */
import type { LeftOutFile } from './wifi-status.ts';

/** There are two files. */
const mostFiles = 8;
const mostCharacters = 200;

/** Lines of another form are passed over. */
export function parseLeftOut(text: string): LeftOutFile[] {
  const files: LeftOutFile[] = [];
  for (const row of text.split('\n')) {
    const [, file, line, problem] = /^([^\t]+)\t(\d{1,9})\t(.+)$/.exec(row) ?? [];
    if (file === undefined || line === undefined || problem === undefined) continue;
    files.push({ file, line: Number(line), problem: problem.slice(0, mostCharacters) });
    if (files.length === mostFiles) break;
  }
  return files;
}
