/**
 * `make mutants`: puts one small fault after the other into the lines that differ from BASE, runs the unit tests
 * nearest to each, and lists the faults that no test noticed. Works in copies below the temporary folder; the checkout
 * stays as it is.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { exitStatus } from '../../src/platform/exit-status.ts';
import { count, startTool, toolStatus } from '../harness/tool.ts';
import { changedLines } from './changed-lines.ts';
import { mutantsOf, type Mutant } from './mutate.ts';
import { copyOfApp } from './app-copy.ts';
import { importGraph } from './import-graph.ts';
import { nearestTests } from './nearest-tests.ts';

const table = {
  program: 'mutants',
  about: [
    `Puts one-line faults into what differs from a revision, runs the unit tests nearest to each, and lists the faults
     that no test noticed.`,
  ],
  commands: {
    '': {
      options: {
        base: { value: 'REVISION', help: 'compare with this revision (default HEAD~1)' },
        most: { value: 'N', help: 'try N faults, spread over the change (default 100)' },
        json: { help: 'print JSON' },
      },
      help: 'look for faults that no test notices',
    },
  },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

const app = path.resolve(import.meta.dirname, '../..');
/** For the tests of one fault. */
const testSeconds = 120;
/** More for each file of the first run, which has all tests. */
const secondsPerFile = 5;
/** Milliseconds for one test, as in test/unit/.mocharc.json. */
const testTimeout = 60_000;
/** Characters of the output of tests that fail without a fault. */
const shownOutput = 4000;

interface Trial extends Mutant {
  /** Below app. */
  readonly file: string;
  readonly tests: readonly string[];
}

startTool(table, {
  '': (given) => {
    const base = given.text('base') ?? 'HEAD~1';
    const most = count('--most', given.text('most') ?? '100');
    return () => tryFaults(base, most, given.has('json'));
  },
});

async function tryFaults(base: string, most: number, isJson: boolean): Promise<number> {
  const all = trials(base);
  const chosen = spread(all, most);
  process.stderr.write(`${chosen.length} of ${all.length} possible faults\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  const survivors = await runAll(chosen, folder, process.stderr.isTTY && !isJson);
  if (survivors === undefined) return exitStatus.runtime;
  if (isJson) printJson(chosen.length, survivors);
  else printLines(chosen.length, survivors);
  return exitStatus.success;
}

/** Every mutant of a changed line, with the tests that should notice it. */
function trials(base: string): Trial[] {
  const files = ['src', 'packages/*/src'].map((folder) => `${folder}/**/*.ts`);
  const args = [
    'diff',
    '--relative',
    '--unified=0',
    '--no-color',
    base,
    '--',
    ...files.map((glob) => `:(glob)${glob}`),
  ];
  const changed = changedLines(
    execFileSync('git', args, { cwd: app, encoding: 'utf8', maxBuffer: 2 ** 28 }),
  );
  const graph = importGraph(app);
  return [...changed].flatMap(([file, lines]) => {
    const tests = nearestTests(graph, file);
    const text = readFileSync(path.join(app, file), 'utf8');
    return mutantsOf(text, (line) => lines.has(line)).map((mutant) => ({ ...mutant, file, tests }));
  });
}

/** Not the first ones only. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, n) => list[Math.floor((n * list.length) / count)]!);
}

/** The faults that no test noticed; undefined if a test fails without any fault. */
async function runAll(
  queue: readonly Trial[],
  folder: string,
  showsProgress: boolean,
): Promise<Trial[] | undefined> {
  const survived: Trial[] = [];
  const waiting = [...queue];
  let done = 0;
  async function work(copy: string): Promise<void> {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const original = readFileSync(path.join(app, trial.file), 'utf8');
      writeFileSync(path.join(copy, trial.file), trial.text);
      const isKilled =
        trial.tests.length > 0 && (await failureOf(copy, trial.tests, testSeconds)) !== undefined;
      writeFileSync(path.join(copy, trial.file), original);
      if (!isKilled) survived.push(trial);
      done++;
      if (showsProgress)
        process.stderr.write(`\r${done} of ${queue.length}, ${survived.length} not noticed `);
    }
  }
  const copies = Array.from({ length: Math.min(availableParallelism(), 4) }, (_, n) =>
    copyOfApp(app, path.join(folder, String(n))),
  );
  const tests = [...new Set(queue.flatMap((trial) => trial.tests))];
  const whole = testSeconds + tests.length * secondsPerFile;
  const failure = tests.length === 0 ? undefined : await failureOf(copies[0]!, tests, whole);
  if (failure !== undefined) {
    process.stderr.write(`${failure}\nthe tests fail without any fault\n`);
    return undefined;
  }
  await Promise.all(copies.map(work));
  if (showsProgress) process.stderr.write('\n');
  return survived;
}

/** Undefined when all tests pass; else the end of their output. Tests that do not end in time have failed. */
function failureOf(
  copy: string,
  tests: readonly string[],
  seconds: number,
): Promise<string | undefined> {
  // The flags are Node's, so that mocha needs no process of its own for them: one that never ends is killed.
  const flags = ['--import=tsx', '--conditions=source', '--expose-gc'];
  const settings = [
    '--no-config',
    '--bail',
    '--exit',
    '--timeout',
    String(testTimeout),
    '--require',
    './test/property-seed.ts',
  ];
  const argv = [...flags, 'node_modules/mocha/bin/mocha.js', ...settings, ...tests];
  const child = spawn(process.execPath, argv, {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output = `${output}${text.toString()}`.slice(-shownOutput);
  });
  return new Promise((resolve) => {
    child.once('close', (status) => resolve(status === 0 ? undefined : output));
  });
}

function printJson(total: number, survivors: readonly Trial[]): void {
  const list = survivors.map(({ file, line, from, to, tests }) => ({
    file,
    line,
    from,
    to,
    tests,
  }));
  process.stdout.write(`${JSON.stringify({ total, survivors: list }, null, 2)}\n`);
}

function printLines(total: number, survivors: readonly Trial[]): void {
  const byPlace = (a: Trial, b: Trial) => a.file.localeCompare(b.file) || a.line - b.line;
  for (const { file, line, from, to, tests } of [...survivors].sort(byPlace)) {
    const what =
      to === ';' ? `without "${oneLine(from)}"` : `"${to}" instead of "${oneLine(from)}"`;
    process.stdout.write(
      `app/${file}:${line}: ${what}${tests.length === 0 ? ' (no unit test reaches this file)' : ''}\n`,
    );
  }
  process.stdout.write(`${total - survivors.length} of ${total} faults were noticed\n`);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 77)}...`;
}
