/** The words after `usb-gadget`. */
import { parseArgs } from 'node:util';

export type Request =
  | { command: 'help' }
  | { command: 'wrong'; problem: string }
  | { command: 'create'; file: string; isJson: boolean; waitSeconds: number }
  | { command: 'check'; file: string; isJson: boolean; isStrict: boolean }
  | { command: 'status'; file: string; isJson: boolean }
  | { command: 'destroy'; isJson: boolean };

export const defaultFile = '/etc/usb-gadget.json';
export const defaultWaitSeconds = 10;

/** The options that each command takes, besides --help. */
const optionsOf = {
  create: ['config', 'json', 'wait'],
  destroy: ['json'],
  status: ['config', 'json'],
  check: ['config', 'json', 'strict'],
} as const;

export function parseCommandLine(argv: readonly string[]): Request {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean' },
        wait: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // parseArgs throws only for what it was given.
    return wrong(error instanceof Error ? error.message.split('. ')[0]! : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return { command: 'help' };
  const [command, ...others] = positionals;
  if (command === undefined) return wrong('a command is missing');
  if (!isCommand(command)) return wrong(`unknown command "${command}"`);
  if (others.length > 0) return wrong(`unexpected argument "${others.join(' ')}"`);

  const isJson = values.json;
  const allowed: readonly string[] = optionsOf[command];
  const given = Object.keys(values).filter((name) => name !== 'json' || isJson);
  const misplaced = given.find((name) => !allowed.includes(name));
  if (misplaced !== undefined) return wrong(`${command} takes no --${misplaced}`);

  const file = values.config ?? defaultFile;
  switch (command) {
    case 'create': {
      const waitSeconds = Number(values.wait ?? defaultWaitSeconds);
      if (values.wait === '' || !(waitSeconds >= 0 && waitSeconds <= 3600)) {
        return wrong(`--wait is a number of seconds up to 3600, not "${values.wait}"`);
      }
      return { command, file, isJson, waitSeconds };
    }
    case 'check':
      return { command, file, isJson, isStrict: values.strict ?? false };
    case 'status':
      return { command, file, isJson };
    case 'destroy':
      return { command, isJson };
  }
}

function isCommand(word: string): word is keyof typeof optionsOf {
  return Object.hasOwn(optionsOf, word);
}

function wrong(problem: string): Request {
  return { command: 'wrong', problem };
}
