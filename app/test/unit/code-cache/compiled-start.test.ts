import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCompiled } from '../../../src/code-cache/compiled-start.ts';

describe('code-cache/compiled-start', () => {
  let folder: string;
  let program: string;
  let codeFile: string;
  const provenMs = 5;
  const runs = globalThis as { startRuns?: unknown[][] };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'compiled-start-'));
    program = path.join(folder, 'program.cjs');
    codeFile = path.join(folder, 'code');
    runs.startRuns = [];
    writeFileSync(
      program,
      `#!/usr/bin/env node
      const path = require('node:path');
      const sum = (a, b) => a + b;
      startRuns.push([sum(1, 2), path.basename(__filename), __dirname, new Error().stack]);`,
    );
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    delete runs.startRuns;
  });

  it('runs the program with no place for compiled code', () => {
    startCompiled(program, undefined);
    assert.deepEqual(runs.startRuns?.[0]?.slice(0, 3), [3, 'program.cjs', folder]);
  });

  it('keeps the code once the program has run for a while, for this user only', async () => {
    startCompiled(program, codeFile, provenMs);
    assert.equal(existsSync(codeFile), false);
    await until(codeFile);
    assert.equal(statSync(codeFile).mode & 0o777, 0o600);
    assert.ok(!existsSync(`${codeFile}.used`));
  });

  it('runs the same from compiled code, with the lines of the source in its traces', async () => {
    startCompiled(program, codeFile, provenMs);
    await until(codeFile);
    const kept = readFileSync(codeFile);
    startCompiled(program, codeFile, provenMs);
    assert.equal(existsSync(codeFile), false, 'not before it has proved itself again');
    await until(codeFile);
    assert.deepEqual(readFileSync(codeFile), kept, 'it was taken: nothing new was made');
    const [first, second] = runs.startRuns!;
    assert.deepEqual(second!.slice(0, 3), first!.slice(0, 3));
    for (const run of [first, second]) assert.match(String(run![3]), /program\.cjs:4:/);
  });

  it('makes new code where the file is none, or that of another program', async () => {
    writeFileSync(codeFile, 'rubbish');
    startCompiled(program, codeFile, provenMs);
    await until(codeFile);
    const kept = readFileSync(codeFile);
    assert.notEqual(kept.toString(), 'rubbish');

    writeFileSync(program, `${readFileSync(program, 'utf8')}\nstartRuns.push(['longer']);`);
    startCompiled(program, codeFile, provenMs);
    assert.deepEqual(runs.startRuns?.at(-1), ['longer']);
    await until(codeFile);
    assert.notDeepEqual(readFileSync(codeFile), kept);
  });

  it('never tries the code of a program that failed again', async () => {
    startCompiled(program, codeFile, provenMs);
    await until(codeFile);
    const minute = 60_000;
    startCompiled(program, codeFile, minute); // ends before it has proved itself
    assert.equal(existsSync(codeFile), false);
    writeFileSync(program, 'throw new RangeError("no")');
    assert.throws(() => startCompiled(program, codeFile, minute), RangeError);
  });

  it('needs no folder to keep anything in', async () => {
    startCompiled(program, path.join(folder, 'none', 'code'), provenMs);
    await sleep(10 * provenMs);
    assert.equal(runs.startRuns?.length, 1);
  });

  async function until(file: string): Promise<void> {
    while (!existsSync(file)) await sleep(provenMs);
  }
});
