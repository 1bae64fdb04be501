/** The command line of `psockd`. */
import { functionFolder } from '../../platform/socket-interface.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import type { CommandLineTable } from '../../platform/command-line/table.ts';

export const defaultSocket = '/run/psock/socket';

export type DaemonRequest =
  | { readonly command: 'status'; readonly socket: string }
  | {
      readonly command: 'run';
      readonly folder: string;
      readonly socket: string;
      readonly isVerbose: boolean;
    };

const socket = { value: 'FILE', help: `set the socket for clients (default ${defaultSocket})` };

export const table = {
  program: 'psockd',
  about: [
    `Owns the USB interface "Socket Control Model (HSS)" of a router card's gadget, and gives each client of its AF_UNIX
     socket one connection that the host makes.`,
  ],
  defaultCommand: 'run',
  commands: {
    run: {
      options: {
        'function-fs': {
          value: 'DIR',
          help: `set the folder of the interface's FunctionFS (default ${functionFolder})`,
        },
        socket,
        verbose: { short: 'v', help: 'log more' },
      },
      help: 'serve until stopped',
    },
    status: { options: { socket }, help: "print the daemon's state as JSON" },
  },
  exitStatus: [
    [0, 'stopped by a signal; status: printed'],
    [1, 'the system refused, or the USB function was removed'],
    [2, 'mistake on the command line'],
  ],
} as const satisfies CommandLineTable;

export function parseCommandLine(argv: readonly string[]): DaemonRequest | StandardRequest {
  return readCommandLine<typeof table, DaemonRequest>(
    table,
    {
      run: (given) => ({
        command: 'run',
        folder: given.text('function-fs') ?? functionFolder,
        socket: given.text('socket') ?? defaultSocket,
        isVerbose: given.has('verbose'),
      }),
      status: (given) => ({ command: 'status', socket: given.text('socket') ?? defaultSocket }),
    },
    argv,
  );
}
