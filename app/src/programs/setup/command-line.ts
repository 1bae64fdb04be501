/** Reads the command line of `enftun-setup`. */
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { table } from './command-table.ts';

export type Request =
  | { readonly command: 'up' | 'down'; readonly file: string; readonly isDryRun: boolean }
  | { readonly command: 'status' | 'check'; readonly file: string; readonly isJson: boolean };

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): Request | StandardRequest {
  const change =
    (command: 'up' | 'down') =>
    (given: GivenOptions<'dry-run'>): Request => {
      return { command, file: given.operands[0]!, isDryRun: given.has('dry-run') };
    };
  const question =
    (command: 'status' | 'check') =>
    (given: GivenOptions<'json'>): Request => {
      return { command, file: given.operands[0]!, isJson: given.has('json') };
    };
  return readCommandLine<typeof table, Request>(
    table,
    {
      up: change('up'),
      down: change('down'),
      status: question('status'),
      check: question('check'),
    },
    argv,
  );
}
