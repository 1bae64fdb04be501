/** Carries out one `psockd` request and returns the exit status. */
import { connect } from 'node:net';
import { FunctionFsError } from 'function-fs';
import { EnvironmentError } from '../../core/errors.ts';
import { systemErrno } from '../../identity/system-errno.ts';
import { exitStatus } from '../cli/exit-status.ts';
import type { LogLevel, Logger } from '../log.ts';
import { parseCommandLine, usage } from './command-line.ts';
import { runDaemon, type DaemonOptions } from './daemon.ts';

export interface PsockdContext extends Pick<DaemonOptions, 'environment' | 'signal' | 'openPort'> {
  readonly argv: readonly string[];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly openLog: (level: LogLevel) => Logger;
}

const statusMs = 5000;

/** Rejects only for a bug. */
export async function runPsockd(context: PsockdContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  try {
    switch (request.command) {
      case 'help':
        context.stdout(usage);
        return exitStatus.success;
      case 'wrong':
        context.stderr(`psockd: ${request.problem}\nTry "psockd --help".\n`);
        return exitStatus.usage;
      case 'status':
        context.stdout(await askStatus(request.socket));
        return exitStatus.success;
      case 'run': {
        const log = context.openLog(request.isVerbose ? 'debug' : 'info');
        await runDaemon({ ...context, ...request, log });
        return exitStatus.success;
      }
    }
  } catch (error) {
    if (!(error instanceof EnvironmentError) && !(error instanceof FunctionFsError)) throw error;
    context.stderr(`psockd: ${error.message}\n`);
    return exitStatus.runtime;
  }
}

function askStatus(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(file, () => socket.end('status\n'));
    socket.setTimeout(statusMs, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', (cause) => {
      const { code, text: reason } = systemErrno(cause);
      const problem = `${file}: ${reason}; does psockd run?`;
      reject(new EnvironmentError(problem, { errno: code, syscall: 'connect', cause }));
    });
    socket.on('close', () => resolve(text));
  });
}
