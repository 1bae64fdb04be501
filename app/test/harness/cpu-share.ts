/**
 * Makes a program as slow as a card: the kernel's CPU controller gives it a share of one processor (cgroup v2
 * `cpu.max`, or `cpu.cfs_quota_us` of version 1). Within each period it runs at full speed until its share is used up,
 * and then stands still, which is harder on queues than a slow processor: the shorter the period, the more like one it
 * is. The share is given before other work of the machine gets any, so that only the share makes the program wait.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { EnvironmentError } from '../../src/core/errors.ts';
import { labFolder } from './paths.ts';
import { run, type Program } from './process.ts';
import { until } from './until.ts';

export interface CpuShare {
  /** Of one processor. */
  readonly percent: number;
  readonly periodMs: number;
}

const mountPoint = `${labFolder}/cgroup`;
/** Names of our groups in the machine's hierarchy, which outlives the lab's namespaces. */
let serial = 0;

export class SlowProgram {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Everything that `program` consists of so far, threads included. */
  static async slowDown(program: Program, share: CpuShare): Promise<SlowProgram> {
    const version = await mountController();
    const folder = `${mountPoint}/enf-lab-${process.pid}-${Date.now()}-${serial++}`;
    mkdirSync(folder);
    const period = Math.round(share.periodMs * 1000);
    const quota = Math.round((period * share.percent) / 100);
    if (version === 2) {
      writeFileSync(`${folder}/cpu.max`, `${quota} ${period}`);
      writeFileSync(`${folder}/cpu.weight`, '10000');
    } else {
      writeFileSync(`${folder}/cpu.cfs_period_us`, `${period}`);
      writeFileSync(`${folder}/cpu.cfs_quota_us`, `${quota}`);
      writeFileSync(`${folder}/cpu.shares`, '262144');
    }
    writeFileSync(`${folder}/cgroup.procs`, `${program.pid}`);
    return new SlowProgram(folder);
  }

  /** Call when the program has ended. */
  async remove(): Promise<void> {
    await until('the group of the slow program to be empty', 10, () => {
      try {
        rmdirSync(this.#folder);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
        throw error;
      }
    });
  }
}

/** The lab has a /sys of its own without control groups: mounts the hierarchy that has the CPU controller. */
async function mountController(): Promise<1 | 2> {
  if (existsSync(`${mountPoint}/cgroup.controllers`)) return 2;
  if (existsSync(`${mountPoint}/cgroup.procs`)) return 1;
  mkdirSync(mountPoint, { recursive: true });
  await run(['mount', '-t', 'cgroup2', 'none', mountPoint], { mayFail: true });
  const children = `${mountPoint}/cgroup.subtree_control`;
  if (existsSync(children)) {
    if (readFileSync(children, 'utf8').split(/\s+/).includes('cpu')) return 2;
    await run(['umount', mountPoint]);
  }
  const first = await run(['mount', '-t', 'cgroup', '-o', 'cpu', 'none', mountPoint], {
    mayFail: true,
  });
  if (first.status === 0) return 1;
  throw new EnvironmentError(
    'no control group of this machine limits processors (neither cgroup v2 with the controller cpu nor version 1)',
    { errno: 'ENOTSUP', syscall: 'mount' },
  );
}
