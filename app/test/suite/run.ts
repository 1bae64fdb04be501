/**
 * Runs the parts of the test suite (parts.ts), as many runs at a time as there are processors for. At the end it prints
 * the time of each part, a line for each test that was skipped or failed, and the totals; see docs/testing.md. Every
 * part runs even when another one failed. Of several runs each line of output begins with the name of its run.
 *
 * usage: run.ts PART...
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runJobs, type Job } from './job-queue.ts';
import { partNamed, runOfMake, top, type Run } from './parts.ts';
import { addUp, describeFailure, describeResult, resultOf, type Result } from './results.ts';

interface SuiteJob extends Job, Run {
  readonly part: string;
  /** By targets of the Makefile: it cannot run when they failed. */
  readonly isPrepared: boolean;
}

interface Outcome extends Result {
  readonly part: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

const names = process.argv.slice(2);
if (names.length === 0 || names.includes('--help')) {
  console.log('usage: run.ts PART...   (make targets, for example test-unit test-netns)');
  process.exit(names.length === 0 ? 2 : 0);
}

const preparation = 'ready';
/** They need nothing that the preparation builds; every other run waits for its end. */
const isIndependent = (part: string) => part === 'lint' || part === 'test-fuzz';

const parts = names.map((name) => ({ name, ...partNamed(name) }));
const targets = [...new Set(parts.flatMap(({ ready }) => ready))];
const jobs: SuiteJob[] = parts.flatMap(({ name, ready, runs }) =>
  runs.map((run) => ({
    ...run,
    part: name,
    isPrepared: ready.length > 0,
    ...(isIndependent(name) ? {} : { after: preparation }),
  })),
);
if (targets.length > 0) {
  const run = runOfMake(preparation, targets, 1);
  jobs.unshift({ ...run, part: preparation, isPrepared: false });
}
const isAlone = jobs.length === 1;
const nameWidth = Math.max(...jobs.map(({ name }) => name.length));
const folder = mkdtempSync(path.join(tmpdir(), 'enf-test-'));
const outcomes: Outcome[] = [];
let hasPreparationFailed = false;

const seconds = () => performance.now() / 1000;

async function runJob({ name, part, isPrepared, command, environment }: SuiteJob): Promise<void> {
  const startedAt = seconds();
  const summaryFile = path.join(folder, `${name}.json`);
  const isLeftOut = isPrepared && hasPreparationFailed;
  console.log(`\n=== ${name} ${isLeftOut ? 'does not run: its preparation failed ' : ''}===`);
  const settings = { ...environment, TEST_SUMMARY: summaryFile };
  const status = isLeftOut ? 1 : await statusOf(name, command, settings);
  if (name === preparation) hasPreparationFailed = status !== 0;
  outcomes.push({ part, startedAt, endedAt: seconds(), ...resultOf(name, summaryFile, status) });
}

/** Its output goes to ours. */
function statusOf(
  name: string,
  [file = '', ...argv]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number | null> {
  // Mocha's marks have colours anywhere else, too.
  const colour = isAlone && process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const child = spawn(file, argv, {
    cwd: top,
    stdio: isAlone ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, ...colour },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      console.log(`${name.padEnd(nameWidth)} | ${line}`.trimEnd());
    });
  }
  return new Promise((resolve) => child.once('close', resolve));
}

await runJobs(jobs, availableParallelism(), runJob);
rmSync(folder, { recursive: true });

console.log('\n=== summary ===');
for (const part of new Set(jobs.map((job) => job.part))) {
  const ofPart = outcomes.filter((outcome) => outcome.part === part);
  const start = Math.min(...ofPart.map(({ startedAt }) => startedAt));
  const end = Math.max(...ofPart.map(({ endedAt }) => endedAt));
  console.log(
    `${part.padEnd(20)} ${(end - start).toFixed(1).padStart(7)} s  ${describeResult(addUp(ofPart))}`,
  );
}
const total = addUp(outcomes.filter(({ part }) => part !== preparation));
for (const title of total.skipped) console.log(`SKIPPED: ${title}`);
const failures = [...total.failures];
if (process.env.CI === 'true') {
  const list = path.join(import.meta.dirname, '../allowed-skips.json');
  const allowed = JSON.parse(readFileSync(list, 'utf8')) as string[];
  for (const title of total.skipped.filter((skip) => !allowed.includes(skip))) {
    const message =
      'was skipped, and is not on the list of allowed skips (test/allowed-skips.json)';
    failures.push({ title, message });
  }
}
for (const failure of failures) console.log(describeFailure(failure));
console.log(describeResult({ ...total, failures }));
process.exitCode = failures.length === 0 && total.passed > 0 && !hasPreparationFailed ? 0 : 1;
