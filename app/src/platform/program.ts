/**
 * Starts a program: gives it the command line, the streams and the log of the process, and the signals that end it, and
 * ends the process with its status when all of its output has been taken.
 */
import path from 'node:path';
import { stderrLogger, type LineLogger, type LogLevel } from './log.ts';
import { runProgram, type ProgramEnd, type ProgramOutput } from './program-end.ts';

export interface ProgramContext extends ProgramOutput {
  /** The name by which it was called, which may be that of a link, without an ending. */
  readonly calledAs: string;
  /** Without interpreter and file. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly openLog: (level: LogLevel) => LineLogger;
  /** Aborted when a service receives SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /**
   * Makes the program a service: SIGTERM and SIGINT abort `signal` from now on, and until then they end the process.
   * `end` ends the process in place of `process.exit`.
   */
  readonly serve: (end?: ProgramEnd['end']) => void;
}

/** Runs `run` with the context of this process. What it throws is a bug: Node.js prints it, with status 1. */
export function startProgram(
  name: string,
  run: (context: ProgramContext) => Promise<number>,
): void {
  runProgram(name, async (output) => {
    const stop = new AbortController();
    let log: LineLogger | undefined;
    let isService = false;
    let end: ProgramEnd['end'];
    const context: ProgramContext = {
      ...output,
      calledAs: path.parse(process.argv[1] ?? name).name,
      argv: process.argv.slice(2),
      environment: process.env,
      openLog: (level) => (log = stderrLogger(level)),
      signal: stop.signal,
      serve: (wanted) => {
        isService = true;
        end = wanted;
        abortOnSignals(stop);
      },
    };
    try {
      const status = await run(context);
      if (!isService) return { status };
      return { status, kind: stop.signal.aborted ? 'stopped' : 'service', end };
    } finally {
      log?.flush();
    }
  });
}

/**
 * systemd sends SIGTERM to every process of a unit, and a process may pass it on: the second one must not cut off the
 * end that the first one began. A person who presses Ctrl-C twice means it.
 */
function abortOnSignals(stop: AbortController): void {
  process.on('SIGTERM', () => stop.abort());
  process.once('SIGINT', () => stop.abort());
}
