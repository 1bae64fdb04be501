import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { runJobs, type Job } from '../../suite/job-queue.ts';

describe('job queue of the test suite', () => {
  /** Jobs that end on request; `running` has their names. */
  function start(jobs: readonly Job[], processors: number) {
    const ends = new Map<string, () => void>();
    const all = runJobs(
      jobs,
      processors,
      ({ name }) => new Promise<void>((resolve) => ends.set(name, resolve)),
    );
    return {
      all,
      running: () => [...ends.keys()],
      end: async (name: string): Promise<void> => {
        ends.get(name)!();
        ends.delete(name);
        await turn();
      },
    };
  }
  const job = (name: string, processors: number, after?: string): Job => ({
    name,
    processors,
    ...(after === undefined ? {} : { after }),
  });

  it('starts as many as there are processors for, in their order', async () => {
    const { running, end, all } = start([job('a', 1), job('b', 1), job('c', 1)], 2);
    assert.deepEqual(running(), ['a', 'b']);
    await end('b');
    assert.deepEqual(running(), ['a', 'c']);
    await end('a');
    await end('c');
    await all;
  });

  it('fills what is left of a processor with the first that fits', () => {
    const { running } = start([job('a', 0.5), job('b', 1), job('c', 0.5), job('d', 0.5)], 1);
    assert.deepEqual(running(), ['a', 'c']);
  });

  it('counts nine tenths and a tenth as one processor', () => {
    const { running } = start([job('a', 0.9), job('b', 0.1), job('c', 0.1)], 1);
    assert.deepEqual(running(), ['a', 'b']);
  });

  it('runs what takes more processors than there are, alone', async () => {
    const { running, end } = start([job('a', 1), job('b', 4), job('c', 1)], 2);
    assert.deepEqual(running(), ['a', 'c']);
    await end('a');
    assert.deepEqual(running(), ['c']);
    await end('c');
    assert.deepEqual(running(), ['b']);
  });

  it('starts a job after the one that it waits for, and lets later ones pass', async () => {
    const jobs = [job('ready', 1), job('a', 1, 'ready'), job('b', 1, 'ready'), job('lint', 1)];
    const { running, end } = start(jobs, 2);
    assert.deepEqual(running(), ['ready', 'lint']);
    await end('ready');
    assert.deepEqual(running(), ['lint', 'a']);
  });

  it('does not wait for a job that is not in the list', () => {
    assert.deepEqual(start([job('a', 1, 'ready')], 1).running(), ['a']);
  });

  it('refuses jobs that wait for each other', async () => {
    const { all } = start([job('a', 1, 'b'), job('b', 1, 'a')], 1);
    await assert.rejects(all, /wait for each other/);
  });
});
