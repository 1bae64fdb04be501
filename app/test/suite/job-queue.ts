/**
 * Runs jobs side by side: each as soon as the processors that it takes are free, the first in the list before the
 * others. A job that waits more than it computes takes a fraction of a processor.
 */
export interface Job {
  readonly name: string;
  /** Of processors; more than there are counts as all of them. */
  readonly processors: number;
  /** Waits for the end of the job with this name, whatever that end is. */
  readonly after?: string;
}

/** Room for sums of fractions. */
const rounding = 1e-9;

/** Resolves when all have ended. `run` must not fail. */
export async function runJobs<J extends Job>(
  jobs: readonly J[],
  processors: number,
  run: (job: J) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs];
  const ended = new Set<string>();
  const running = new Set<Promise<void>>();
  let free = processors;
  const share = (job: J) => Math.min(job.processors, processors);
  const isReady = ({ after }: J) =>
    after === undefined || ended.has(after) || !jobs.some(({ name }) => name === after);
  while (waiting.length + running.size > 0) {
    const index = waiting.findIndex((job) => isReady(job) && share(job) <= free + rounding);
    const [job] = index === -1 ? [] : waiting.splice(index, 1);
    if (job === undefined) {
      if (running.size === 0) throw new TypeError('jobs wait for each other');
      await Promise.race(running);
      continue;
    }
    free -= share(job);
    const end = run(job).finally(() => {
      free += share(job);
      ended.add(job.name);
      running.delete(end);
    });
    running.add(end);
  }
}
