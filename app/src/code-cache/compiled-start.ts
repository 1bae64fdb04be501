/**
 * Starts a bundled program with the code that an earlier run compiled: to read and compile half a megabyte of source
 * takes a slow processor most of a second, and each restart of the service is a pause of the host's traffic. (Node.js
 * 22 can do this by itself, 20 cannot.)
 *
 * The file is used once: it is renamed before it is trusted, and back when the program has run for a while. One that
 * makes the program fail is not found by the next start. V8 refuses a file of another version, other options or another
 * source by itself.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/**
 * Runs `program`, a CommonJS file; throws what it throws. `codeFile`, if there is to be one, lies in a folder where
 * this user alone may write.
 */
export function startCompiled(
  program: string,
  codeFile: string | undefined,
  provenAfterMs = 20_000,
): void {
  const require = createRequire(program);
  if (codeFile === undefined) {
    require(program);
    return;
  }
  const used = `${codeFile}.used`;
  const cachedData = take(codeFile, used);
  const source = readFileSync(program, 'utf8');
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${withoutHashbang(source)}\n})`,
    { filename: program, ...(cachedData === undefined ? {} : { cachedData }) },
  );
  const isUsable = cachedData !== undefined && script.cachedDataRejected !== true;
  setTimeout(() => keep(codeFile, used, isUsable ? undefined : script), provenAfterMs).unref();
  const module = { exports: {} };
  const main = script.runInThisContext() as (...names: unknown[]) => void;
  main(module.exports, require, module, program, path.dirname(program));
}

function take(codeFile: string, used: string): Buffer | undefined {
  try {
    renameSync(codeFile, used);
    return readFileSync(used);
  } catch {
    return undefined; // the first start
  }
}

/** With what has been compiled by now, which is what the next start needs. */
function keep(codeFile: string, used: string, script: Script | undefined): void {
  try {
    if (script !== undefined) writeFileSync(used, script.createCachedData(), { mode: 0o600 });
    renameSync(used, codeFile);
  } catch {
    // No room, or the folder is gone: the next start takes its time.
  }
}

/** Nothing may move: stack traces name lines of the file. */
function withoutHashbang(source: string): string {
  return source.startsWith('#!') ? source.slice(source.indexOf('\n')) : source;
}
