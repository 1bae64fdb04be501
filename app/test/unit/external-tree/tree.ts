/** The image build's files, read as text: what the consistency tests compare. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const top = path.resolve(import.meta.dirname, '../../../..');
export const external = path.join(top, 'br2-external');

export function read(...names: string[]): string {
  return readFileSync(path.join(top, ...names), 'utf8');
}

/** Lines that say something: neither empty nor a comment. */
export function statements(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
}

export function list(...names: string[]): string[] {
  return readdirSync(path.join(top, ...names)).sort();
}

/** Whether a file, link or folder is there; the target of a link need not be. Nothing is below a file. */
export function exists(name: string): boolean {
  try {
    return lstatSync(path.join(top, name), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

export function files(folder: string): string[] {
  const entries = readdirSync(path.join(top, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(top, path.join(entry.parentPath, entry.name)))
    .sort();
}

export const boards = list('configs')
  .filter((name) => name.endsWith('_defconfig'))
  .map((name) => name.replace('_defconfig', ''));

/** Values of a Buildroot or Kconfig file, without quotes. */
export function options(...names: string[]): Map<string, string> {
  const pairs = statements(read(...names)).flatMap((line) => {
    const match = /^(\w+)="?(.*?)"?$/.exec(line);
    return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const];
  });
  return new Map(pairs);
}
