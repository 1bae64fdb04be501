/**
 * The processor time of the children that have ended, with all of theirs, as the kernel counts it (proc_pid_stat(5),
 * fields cutime and cstime). What one run of the test suite used is the difference that its end makes.
 */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second on every machine (USER_HZ). */
const ticksPerSecond = 100;

/** In seconds. `stat` is the text of /proc/self/stat. */
export function processorTimeOfChildren(
  stat: string = readFileSync('/proc/self/stat', 'latin1'),
): number {
  // The name of the program, the second field, may contain spaces and brackets.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [cutime, cstime] = afterName.slice(13, 15).map(Number);
  if (cutime === undefined || cstime === undefined)
    throw new TypeError(`"${stat}" is not a line of /proc/PID/stat`);
  return (cutime + cstime) / ticksPerSecond;
}
