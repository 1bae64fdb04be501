/**
 * `make mutants`: puts one small fault after the other into the lines that differ from BASE, runs the unit tests
 * nearest to each, and lists the faults that no test noticed. Works in copies below the temporary folder; the checkout
 * stays as it is.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { changedLines } from './changed-lines.ts';
import { mutantsOf, type Mutant } from './mutate.ts';
import { importsOf, nearestTests, type ImportGraph } from './nearest-tests.ts';

const usage = `usage: make mutants [BASE=REVISION] [MOST=NUMBER] [JSON=1]

Puts one-line faults into what differs from BASE (default HEAD~1), runs the unit tests
nearest to each, and lists the faults that no test noticed. MOST (default 100) faults,
spread over the change.
`;

const app = path.resolve(import.meta.dirname, '../..');
const testSeconds = 120;

interface Trial extends Mutant {
  /** Below app. */
  readonly file: string;
  readonly tests: readonly string[];
}

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'HEAD~1' },
    most: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const most = Number(values.most);
if (!Number.isSafeInteger(most) || most < 1) {
  process.stderr.write(`MOST is a number of faults from 1, not "${values.most}"\n${usage}`);
  process.exit(2);
}

const all = trials(values.base);
const chosen = spread(all, most);
const progress = process.stderr.isTTY && !values.json;
process.stderr.write(`${chosen.length} of ${all.length} possible faults\n`);
const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const survivors = await runAll(chosen);
report();

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
  const graph = importGraph();
  return [...changed].flatMap(([file, lines]) => {
    const tests = nearestTests(graph, file);
    const text = readFileSync(path.join(app, file), 'utf8');
    return mutantsOf(text, (line) => lines.has(line)).map((mutant) => ({ ...mutant, file, tests }));
  });
}

function importGraph(): ImportGraph {
  const packages = readdirSync(path.join(app, 'packages'));
  const graph = new Map<string, string[]>();
  for (const top of [
    'src',
    'test/unit',
    'test/harness',
    'test/attack',
    'demo',
    ...packages.flatMap((name) => [`packages/${name}/src`, `packages/${name}/test`]),
  ]) {
    for (const file of typeScriptBelow(top)) {
      const text = readFileSync(path.join(app, file), 'utf8');
      const fromPackages = packages
        .filter((name) => text.includes(`from '${name}'`))
        .map((name) => `packages/${name}/src/index.ts`);
      graph.set(file, [...importsOf(file, text), ...fromPackages]);
    }
  }
  return graph;
}

function typeScriptBelow(top: string): string[] {
  const folder = path.join(app, top);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => path.posix.join(top, name));
}

/** Not the first ones only. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, n) => list[Math.floor((n * list.length) / count)]!);
}

async function runAll(queue: Trial[]): Promise<Trial[]> {
  const survived: Trial[] = [];
  const waiting = [...queue];
  let done = 0;
  async function work(copy: string): Promise<void> {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const original = readFileSync(path.join(app, trial.file), 'utf8');
      writeFileSync(path.join(copy, trial.file), trial.text);
      const isKilled = trial.tests.length > 0 && !(await pass(copy, trial.tests));
      writeFileSync(path.join(copy, trial.file), original);
      if (!isKilled) survived.push(trial);
      done++;
      if (progress)
        process.stderr.write(`\r${done} of ${queue.length}, ${survived.length} not noticed `);
    }
  }
  const copies = Array.from({ length: Math.min(availableParallelism(), 4) }, (_, n) =>
    copyOfApp(n),
  );
  const tests = [...new Set(queue.flatMap((trial) => trial.tests))];
  if (tests.length > 0 && !(await pass(copies[0]!, tests))) {
    process.stderr.write('the tests fail without any fault: run "make test-unit" first\n');
    process.exit(1);
  }
  await Promise.all(copies.map(work));
  if (progress) process.stderr.write('\n');
  return survived;
}

/** A checkout of its own for one run at a time: sources are copied, all else is linked. */
function copyOfApp(number: number): string {
  const top = path.join(folder, String(number));
  const copy = path.join(top, 'app');
  mkdirSync(path.join(copy, 'node_modules'), { recursive: true });
  for (const name of readdirSync(path.dirname(app))) {
    if (name !== 'app') symlinkSync(path.join(path.dirname(app), name), path.join(top, name));
  }
  for (const name of readdirSync(app)) {
    if (name !== 'node_modules')
      cpSync(path.join(app, name), path.join(copy, name), { recursive: true });
  }
  const modules = path.join(app, 'node_modules');
  for (const name of readdirSync(modules)) {
    const from = path.join(modules, name);
    // Our own packages are links already, and stay within the copy.
    const target = lstatSync(from).isSymbolicLink() ? readlinkSync(from) : from;
    symlinkSync(target, path.join(copy, 'node_modules', name));
  }
  return copy;
}

/** False when a test fails, or none of them ends in time. */
function pass(copy: string, tests: readonly string[]): Promise<boolean> {
  // The flags are Node's, so that mocha needs no process of its own for them: one that never ends is killed.
  const flags = ['--import=tsx', '--conditions=source', '--expose-gc'];
  const mocha = [...flags, 'node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--exit'];
  return new Promise((resolve) => {
    const options = { cwd: copy, stdio: 'ignore', timeout: testSeconds * 1000 } as const;
    const child = spawn(process.execPath, [...mocha, ...tests], {
      ...options,
      killSignal: 'SIGKILL',
    });
    child.once('close', (status) => resolve(status === 0));
  });
}

function report(): void {
  const total = chosen.length;
  if (values.json) {
    const list = survivors.map(({ file, line, from, to, tests }) => ({
      file,
      line,
      from,
      to,
      tests,
    }));
    process.stdout.write(`${JSON.stringify({ total, survivors: list }, null, 2)}\n`);
    return;
  }
  survivors.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  for (const { file, line, from, to, tests } of survivors) {
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
