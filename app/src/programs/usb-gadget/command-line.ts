/** Reads the command line of `usb-gadget`. */
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { defaultFile, defaultWaitSeconds, table } from './command-table.ts';

export type Request =
  | { command: 'create'; file: string; isJson: boolean; waitSeconds: number }
  | { command: 'check'; file: string; isJson: boolean; isStrict: boolean }
  | { command: 'status'; file: string; isJson: boolean }
  | { command: 'destroy'; isJson: boolean };

const longestWaitSeconds = 3600;

export function parseCommandLine(argv: readonly string[]): Request | StandardRequest {
  const file = (given: GivenOptions<'config'>) => given.text('config') ?? defaultFile;
  const isJson = (given: GivenOptions<'json'>) => given.has('json');
  return readCommandLine<typeof table, Request>(
    table,
    {
      create: (given) => ({
        command: 'create',
        file: file(given),
        isJson: isJson(given),
        waitSeconds: waitSeconds(given.text('wait')),
      }),
      destroy: (given) => ({ command: 'destroy', isJson: isJson(given) }),
      status: (given) => ({ command: 'status', file: file(given), isJson: isJson(given) }),
      check: (given) => ({
        command: 'check',
        file: file(given),
        isJson: isJson(given),
        isStrict: given.has('strict'),
      }),
    },
    argv,
  );
}

function waitSeconds(text = String(defaultWaitSeconds)): number {
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= longestWaitSeconds) return seconds;
  throw new UsageError(`--wait is a number of seconds up to ${longestWaitSeconds}, not "${text}"`);
}
