/**
 * Carries out one command line and returns the exit status: what all programs do alike with help, version, mistakes and
 * what the environment refuses.
 */
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { exitStatus } from '../exit-status.ts';
import type { ProgramOutput } from '../program-end.ts';
import { version } from '../version.ts';
import { helpText } from './help-text.ts';
import type { StandardRequest } from './read-command-line.ts';
import type { CommandLineTable } from './table.ts';

/** The exit status of an error; undefined for a bug of ours. */
export function statusOfError(error: unknown): number | undefined {
  if (error instanceof ConfigError) return exitStatus.configuration;
  if (error instanceof EnvironmentError) return exitStatus.runtime;
  return undefined;
}

/** Rejects only for a bug. */
export async function carryOut<Request extends { readonly command: string }>(
  table: CommandLineTable,
  request: Request | StandardRequest,
  { stdout, stderr }: ProgramOutput,
  run: (request: Exclude<Request, StandardRequest>) => Promise<number>,
  statusOf: (error: unknown) => number | undefined = statusOfError,
): Promise<number> {
  if (isStandard(request)) {
    switch (request.command) {
      case 'help':
        stdout(helpText(table, request.of));
        return exitStatus.success;
      case 'version':
        stdout(`${version}\n`);
        return exitStatus.success;
      case 'wrong':
        stderr(
          `${table.program}: ${request.problem}\nTry "${subject(table, request.of)} --help".\n`,
        );
        return exitStatus.usage;
    }
  }
  try {
    return await run(request as Exclude<Request, StandardRequest>);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) throw error;
    stderr(`${table.program}: ${error.message}\n`);
    return status;
  }
}

function isStandard(request: { readonly command: string }): request is StandardRequest {
  return ['help', 'version', 'wrong'].includes(request.command);
}

function subject({ program }: CommandLineTable, of: string | undefined): string {
  return of === undefined ? program : `${program} ${of}`;
}
