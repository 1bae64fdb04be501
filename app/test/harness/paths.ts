/** Where the lab finds programs and leaves files. Scratch files live in the lab's private /run; logs outlive it. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../src/core/errors.ts';

const app = path.resolve(import.meta.dirname, '../..');
export const repositoryFolder = path.resolve(app, '..');

/** Bundles made by `make build`. */
export const programFolder = path.resolve(process.env.PROGRAMS ?? path.join(app, '../build/app'));

/** Scratch files; on a memory file system that ends with the lab. */
export const labFolder = '/run/lab';

const logFolder = path.resolve(process.env.LAB_LOGS ?? path.join(app, '../build/lab'));

export function logFile(name: string): string {
  mkdirSync(logFolder, { recursive: true });
  return path.join(logFolder, `${name}.log`);
}

/** The command line that starts one of our programs. */
export function program(name: 'enftun' | 'enftun-setup' | 'enf-server' | 'enf-pki'): string[] {
  const file = path.join(programFolder, `${name}.cjs`);
  if (!existsSync(file)) {
    throw new EnvironmentError(`there is no ${file}: run "make build" first`, {
      errno: 'ENOENT',
      syscall: 'open',
    });
  }
  return [process.execPath, file];
}

/** The command line that starts a TypeScript file, named from the folder `app`. */
export function script(file: string): string[] {
  const flags = ['--import', 'tsx', '--conditions=source'];
  return [process.execPath, ...flags, path.join(app, file)];
}
