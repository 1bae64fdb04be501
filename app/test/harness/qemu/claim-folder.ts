/**
 * Claims the folder of a run for as long as this process lives: two cards never share disks and sockets, and a second
 * run says so before it removes anything. The claim is a lock of the kernel (flock(1)) on a file beside the folder: it
 * ends with its holder, whatever ends that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../../src/core/errors.ts';

const isTaken = 75;
const claimed = new Set<string>();

/** `what` names the claim in the error. Throws EnvironmentError when another process holds the folder. */
export async function claimFolder(folder: string, what: string): Promise<void> {
  if (claimed.has(folder)) return;
  mkdirSync(path.dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  const holder = `${what}, since ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  // It ends when its input does, which is when this process ends.
  const hold = 'printf "%s\\n" "$1" >"$2" && echo held && exec cat';
  const command = ['sh', '-c', hold, 'sh', holder, lock];
  const child = spawn(
    'flock',
    ['--nonblock', '--conflict-exit-code', String(isTaken), lock, ...command],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const isHeld = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    ended.then(() => false),
  ]);
  if (!isHeld) {
    const [status] = await ended;
    throw new EnvironmentError(
      status === isTaken
        ? `a card runs in ${folder} (${readFileSync(lock, 'utf8').trim()}): end that one first, by Ctrl-C in its window`
        : `${folder} cannot be claimed: flock ended with status ${status}`,
      { errno: status === isTaken ? 'EBUSY' : 'EIO', syscall: 'flock' },
    );
  }
  claimed.add(folder);
  // Held, and no reason to stay alive.
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref();
}
