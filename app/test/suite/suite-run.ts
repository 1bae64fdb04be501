/** Runs the jobs of the test suite, prefixes the lines of their output with their names, and collects the results. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runJobs, type Job } from './job-queue.ts';
import { partNamed, runOfMake, top, type Run } from './parts.ts';
import { processorTimeOfChildren } from './processor-time.ts';
import { resultOf, type Result } from './results.ts';

interface SuiteJob extends Job, Run {
  readonly part: string;
  /** By targets of the Makefile: it cannot run when they failed. */
  readonly isPrepared: boolean;
}

export interface Outcome extends Result {
  readonly part: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** In seconds; two runs that end in the same instant can be mixed up. */
  readonly processorTime: number;
}

interface End {
  readonly status: number | null;
  readonly processorTime: number;
}

/** The name of the run that builds what the others need. */
export const preparation = 'ready';

/** They need nothing that the preparation builds; every other run waits for its end. */
const isIndependent = (part: string) => part === 'lint' || part === 'test-fuzz';

export class SuiteRun {
  readonly #jobs: readonly SuiteJob[];
  readonly #outcomes: Outcome[] = [];
  readonly #nameWidth: number;
  readonly #isAlone: boolean;
  #folder = '';
  #hasPreparationFailed = false;
  #countedTime = processorTimeOfChildren();

  /** `parts` are targets of the Makefile. */
  constructor(parts: readonly string[]) {
    this.#jobs = jobsOf(parts);
    this.#nameWidth = Math.max(...this.#jobs.map(({ name }) => name.length));
    this.#isAlone = this.#jobs.length === 1;
  }

  /** In the order of their start. */
  get parts(): readonly string[] {
    return [...new Set(this.#jobs.map(({ part }) => part))];
  }

  get hasPreparationFailed(): boolean {
    return this.#hasPreparationFailed;
  }

  /** One outcome for each run; every run takes place even when another one failed. */
  async run(): Promise<readonly Outcome[]> {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'enf-test-'));
    await runJobs(this.#jobs, availableParallelism(), (job) => this.#runJob(job));
    rmSync(this.#folder, { recursive: true });
    return this.#outcomes;
  }

  async #runJob({ name, part, isPrepared, command, environment }: SuiteJob): Promise<void> {
    const startedAt = seconds();
    const summaryFile = path.join(this.#folder, `${name}.json`);
    const isLeftOut = isPrepared && this.#hasPreparationFailed;
    console.log(`\n=== ${name} ${isLeftOut ? 'does not run: its preparation failed ' : ''}===`);
    const settings = { ...environment, TEST_SUMMARY: summaryFile };
    const { status, processorTime } = isLeftOut
      ? { status: 1, processorTime: 0 }
      : await this.#endOf(name, command, settings);
    if (name === preparation) this.#hasPreparationFailed = status !== 0;
    const result = resultOf(name, summaryFile, status);
    this.#outcomes.push({ part, startedAt, endedAt: seconds(), processorTime, ...result });
  }

  /** Its output goes to ours. */
  #endOf(
    name: string,
    [file = '', ...argv]: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<End> {
    // Mocha's marks have colours anywhere else, too.
    const colour = this.#isAlone && process.stdout.isTTY ? {} : { NO_COLOR: '1' };
    const child = spawn(file, argv, {
      cwd: top,
      stdio: this.#isAlone ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment, ...colour },
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        console.log(`${name.padEnd(this.#nameWidth)} | ${line}`.trimEnd());
      });
    }
    let before = 0;
    let after = 0;
    child.once('exit', () => {
      before = this.#countedTime;
      after = this.#countedTime = processorTimeOfChildren();
    });
    return new Promise((resolve) => {
      child.once('close', (status) => resolve({ status, processorTime: after - before }));
    });
  }
}

function jobsOf(names: readonly string[]): SuiteJob[] {
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
  if (targets.length === 0) return jobs;
  const run = runOfMake(preparation, targets, 1);
  return [{ ...run, part: preparation, isPrepared: false }, ...jobs];
}

function seconds(): number {
  return performance.now() / 1000;
}
