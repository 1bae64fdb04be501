/** Runs a program of this machine: no shell, a time limit, bounded output, English messages. */
import { spawn } from 'node:child_process';
import { clip } from '../../core/bounded-text.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import { systemErrno } from '../../platform/system-errno.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects with an EnvironmentError if the program does not run to its end. */
export type RunCommand = (
  argv: readonly [string, ...string[]],
  input?: string,
) => Promise<CommandResult>;

/** On a machine that boots, with thousands of routes. */
const longestRun = seconds(20);
/** About 60000 routes. */
const mostOutput = 16 * 1024 * 1024;
const mostComplaint = 1000;
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `path`: where programs without a folder in their name are looked for; undefined: where Debian has them. */
export function commandRunner(path: string | undefined): RunCommand {
  const env = { PATH: path ?? usualPath, LC_ALL: 'C' };
  return ([program, ...args], input = '') =>
    new Promise((resolve, reject) => {
      const line = [program, ...args].join(' ');
      const fail = (problem: string, errno: string, cause?: unknown): void =>
        reject(new EnvironmentError(`${line}: ${problem}`, { errno, syscall: 'execve', cause }));
      const options = { env, timeout: longestRun, killSignal: 'SIGKILL' } as const;
      const child = spawn(program, args, options);
      const output: Buffer[] = [];
      let length = 0;
      let complaint = '';
      child.stdout.on('data', (bytes: Buffer) => {
        length += bytes.length;
        if (length > mostOutput) child.kill('SIGKILL');
        else output.push(bytes);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaint = clip(complaint + text, mostComplaint);
      });
      // It may end before it has read all of it; its status says what is wrong.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      child.on('error', (error) => {
        const { code, text } = systemErrno(error);
        const advice = code === 'ENOENT' ? `; install ${packageOf(program)}` : '';
        fail(`cannot be run: ${text}${advice}`, code, error);
      });
      child.on('close', (status) => {
        if (length > mostOutput) fail(`prints more than ${mostOutput} bytes`, 'EFBIG');
        else if (status === null) fail(`did not end within ${longestRun / 1000} s`, 'ETIMEDOUT');
        else resolve({ status, stdout: Buffer.concat(output).toString(), stderr: complaint });
      });
    });
}

function packageOf(program: string): string {
  if (program === 'nft') return 'nftables';
  return program.endsWith('ip') ? 'iproute2, or name its ip in tun.ip_path' : program;
}
