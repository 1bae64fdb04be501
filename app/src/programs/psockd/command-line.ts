/** The words after `psockd`. */
import { parseArgs } from 'node:util';
import { functionFolder } from '../../platform/socket-interface.ts';

export const defaultSocket = '/run/psock/socket';

export type DaemonRequest =
  | { readonly command: 'help' }
  | { readonly command: 'wrong'; readonly problem: string }
  | { readonly command: 'status'; readonly socket: string }
  | {
      readonly command: 'run';
      readonly folder: string;
      readonly socket: string;
      readonly isVerbose: boolean;
    };

export function parseCommandLine(argv: readonly string[]): DaemonRequest {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'function-fs': { type: 'string', default: functionFolder },
        socket: { type: 'string', default: defaultSocket },
        verbose: { type: 'boolean', short: 'v', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // parseArgs throws only for what it was given.
    const problem = error instanceof Error ? error.message.split('. ')[0]! : String(error);
    return { command: 'wrong', problem };
  }
  const { values, positionals } = parsed;
  const { socket } = values;
  if (values.help) return { command: 'help' };
  const [word, ...others] = positionals;
  if (others.length > 0)
    return { command: 'wrong', problem: `unexpected argument "${others.join(' ')}"` };
  if (word === 'status') return { command: 'status', socket };
  if (word !== undefined) return { command: 'wrong', problem: `unknown command "${word}"` };
  return { command: 'run', folder: values['function-fs'], socket, isVerbose: values.verbose };
}

export const usage = `Usage: psockd [--function-fs DIR] [--socket FILE] [--verbose]
       psockd status [--socket FILE]

Gives the programs of a router card connections that their host makes. Owns the USB
interface "Socket Control Model (HSS)" of the card's gadget and gives each
client of its AF_UNIX socket one connection that the host makes.

      --function-fs DIR  folder of the interface's FunctionFS
                         (default ${functionFolder})
      --socket FILE      socket for clients (default ${defaultSocket})
  -v, --verbose          log more
  -h, --help             print this text

  status                 print the daemon's state as JSON

Exit status:
  0  stopped by a signal; status: printed
  1  the system refused, or the USB function was removed
  2  mistake on the command line
`;
