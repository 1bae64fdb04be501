/**
 * Starts a program of the tests or of the demonstration. Its command line is read by a table, as those of the product
 * are: `--help` explains it, and a mistake ends it with status 2 before it has done anything.
 */
import { carryOut, statusOfError } from '../../src/platform/command-line/carry-out.ts';
import {
  readCommandLine,
  type Readers,
} from '../../src/platform/command-line/read-command-line.ts';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { UsageError } from '../../src/platform/command-line/usage-error.ts';
import { exitStatus } from '../../src/platform/exit-status.ts';
import { startProgram } from '../../src/platform/program.ts';
import { CommandFailed } from './process.ts';

/** What a command line asks for. The result is the exit status, 0 without one. */
export type Work = () => Promise<number | void>;

/** The exit statuses of a tool, for its table. */
export const toolStatus = [
  [0, 'done'],
  [1, 'failed'],
  [2, 'mistake on the command line or in a setting'],
] as const;

/** A reader checks the options, operands and settings of its command, and returns the work that follows. */
export function startTool<Table extends CommandLineTable>(
  table: Table,
  readers: Readers<Table, Work>,
): void {
  startProgram(table.program, (context) => {
    const read = readCommandLine<Table, Work>(table, readers, context.argv);
    const request = typeof read === 'function' ? { command: 'work' as const, work: read } : read;
    const run = async ({ work }: { work: Work }) => (await work()) ?? exitStatus.success;
    return carryOut<{ command: 'work'; work: Work }>(table, request, context, run, statusOf);
  });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return exitStatus.usage;
  return error instanceof CommandFailed ? exitStatus.runtime : statusOfError(error);
}

/** A number above zero, such as seconds; `name` is the operand or the setting that it came from. */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`${name} is a number above 0, not "${text}"`);
}

/** A whole number above zero. */
export function count(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isSafeInteger(value)) return value;
  throw new UsageError(`${name} is a whole number above 0, not "${text}"`);
}

export function oneOf<Word extends string>(
  name: string,
  words: readonly Word[],
  text: string,
): Word {
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new UsageError(`${name} is one of ${words.join(', ')}, not "${text}"`);
}

/** A setting of the environment (settings.list); an empty one counts as none. */
export function setting(name: string, preset: string): string {
  return process.env[name] || preset;
}
