/** What a program and all processes of its session use, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ: 100 on every Linux that Node runs on

interface ProcessStat {
  readonly pid: number;
  readonly session: number;
  readonly cpuTicks: number;
}

function readStat(pid: string): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // it has ended meanwhile
  }
  // The name in parentheses may hold anything; the fields after it are numbered from 3 in proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  const cpuTicks = field(14) + field(15) + field(16) + field(17); // own and waited-for children
  return { pid: Number(pid), session: field(6), cpuTicks };
}

function processesOfSession(leader: number): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readStat)
    .filter((stat) => stat !== undefined)
    .filter((stat) => stat.session === leader);
}

/** Processor time in the kernel's clock ticks, whole ones. */
export function cpuTicks(leader: number): number {
  return processesOfSession(leader).reduce((sum, stat) => sum + stat.cpuTicks, 0);
}

export function cpuSeconds(leader: number): number {
  return cpuTicks(leader) / ticksPerSecond;
}

/** Resident memory in MiB, and its highest value since the start. */
export function residentMiB(leader: number): { now: number; peak: number } {
  let now = 0;
  let peak = 0;
  for (const { pid } of processesOfSession(leader)) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    now += kib('VmRSS') / 1024;
    peak += kib('VmHWM') / 1024;
  }
  return { now, peak };
}
