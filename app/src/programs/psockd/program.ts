/** Carries out one `psockd` request and returns the exit status. */
import { FunctionFsError } from 'function-fs';
import { EnvironmentError } from '../../core/errors.ts';
import type { Duration } from '../../core/time.ts';
import { carryOut, statusOfError } from '../../platform/command-line/carry-out.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import type { LogLevel, Logger } from '../../platform/log.ts';
import { readAnswer, usualAnswerDeadline } from '../../platform/socket-answer.ts';
import { parseCommandLine, table, type DaemonRequest } from './command-line.ts';
import { runDaemon, type DaemonOptions } from './daemon.ts';

export interface PsockdContext extends Pick<DaemonOptions, 'environment' | 'signal' | 'openPort'> {
  readonly argv: readonly string[];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly openLog: (level: LogLevel) => Logger;
  /** For the whole answer to `status`. */
  readonly answerDeadline?: Duration;
}

/** Rejects only for a bug. */
export async function runPsockd(context: PsockdContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  return carryOut(table, request, context, (wanted) => run(context, wanted), statusOf);
}

async function run(context: PsockdContext, request: DaemonRequest): Promise<number> {
  switch (request.command) {
    case 'status': {
      const deadline = context.answerDeadline ?? usualAnswerDeadline;
      context.stdout(await askStatus(request.socket, deadline));
      return exitStatus.success;
    }
    case 'run': {
      const log = context.openLog(request.isVerbose ? 'debug' : 'info');
      await runDaemon({ ...context, ...request, log });
      return exitStatus.success;
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof FunctionFsError ? exitStatus.runtime : statusOfError(error);
}

/** Rejects with an EnvironmentError. */
async function askStatus(path: string, deadline: Duration): Promise<string> {
  const answer = await readAnswer({ path, request: 'status\n', deadline }).catch(
    (cause: unknown) => {
      if (cause instanceof EnvironmentError) throw cause;
      const { code, text } = systemErrno(cause);
      throw noStatus(path, `${text}; is psockd running?`, code, cause);
    },
  );
  const refusal = /^error (E[A-Z0-9]+)\n$/.exec(answer)?.[1];
  if (refusal === 'EUSERS') throw noStatus(path, 'psockd has too many clients', refusal);
  if (refusal !== undefined) throw noStatus(path, `psockd answers ${refusal}`, refusal);
  if (answer === '') throw noStatus(path, 'psockd closed without an answer', 'ECONNRESET');
  return answer;
}

function noStatus(path: string, problem: string, errno: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(`${path}: ${problem}`, { errno, syscall: 'status', cause });
}
