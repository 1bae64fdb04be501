/** What `enftun` does for each command line, and the exit status it ends with. */
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { requireCredentials } from '../config/build-config.ts';
import { formatConfigWarning, type ConfigWarning } from '../config/config-warning.ts';
import type { Config } from '../config/config.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { printValue } from '../config/print-value.ts';
import type { Logger, LogLevel } from '../log.ts';
import { isLogLevel, parseCommandLine } from './command-line.ts';
import { exitStatus } from './exit-status.ts';
import { explainKeys, explainKeysInMarkdown } from './explain-keys.ts';
import { usage, usageHint } from './usage.ts';
import { version } from './version.ts';

/** Everything that the program touches outside of configuration files. */
export interface ProgramContext {
  argv: readonly string[];
  environment: Record<string, string | undefined>;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  openLog: (level: LogLevel) => Logger;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  run: (options: {
    config: Config;
    warnings: readonly ConfigWarning[];
    log: Logger;
    signal: AbortSignal;
  }) => Promise<number>;
}

/** The exit status. Rejects only for a bug. */
export async function main(context: ProgramContext): Promise<number> {
  const command = parseCommandLine(context.argv);
  switch (command.command) {
    case 'help':
      context.stdout(usage);
      return exitStatus.success;
    case 'version':
      context.stdout(`${version}\n`);
      return exitStatus.success;
    case 'keys':
      context.stdout(command.isMarkdown ? explainKeysInMarkdown() : explainKeys());
      return exitStatus.success;
    case 'usage error':
      context.stderr(`enftun: ${command.problem}\n${usageHint}\n`);
      return exitStatus.usage;
    case 'print':
      return print(context, command.file, command.key);
    case 'check':
      return check(context, command.file, command.isStrict);
    case 'run':
      return run(context, command.file, command.logLevel);
  }
}

function print(context: ProgramContext, file: string, key: string): number {
  return withConfig(file, tell(context), ({ values }) => {
    const text = printValue(values, key);
    if (text === undefined) {
      context.stderr(`${key} not found\n`);
      return exitStatus.runtime;
    }
    context.stdout(`${text}\n`);
    return exitStatus.success;
  });
}

function check(context: ProgramContext, file: string, isStrict: boolean): number {
  return withConfig(file, tell(context), ({ config, warnings }) => {
    for (const warning of warnings) {
      context.stderr(`${isStrict ? 'error' : 'warning'}: ${formatConfigWarning(warning)}\n`);
    }
    requireCredentials(config);
    if (isStrict && warnings.length > 0) return exitStatus.configuration;
    context.stdout(`${file}: ${warnings.length === 0 ? 'good' : 'usable, with warnings'}\n`);
    return exitStatus.success;
  });
}

async function run(
  context: ProgramContext,
  file: string,
  wantedLevel: LogLevel | undefined,
): Promise<number> {
  const fromEnvironment = context.environment.ENFTUN_LOG || 'info';
  const isKnown = isLogLevel(fromEnvironment);
  const log = context.openLog(wantedLevel ?? (isKnown ? fromEnvironment : 'info'));
  // A slip in a variable is no reason to be without a tunnel.
  if (!isKnown) log.warning(`ENFTUN_LOG=${fromEnvironment} is no log level, ignored`);

  let loaded: LoadedConfig | undefined;
  try {
    loaded = loadConfig(file);
    requireCredentials(loaded.config);
  } catch (error) {
    // A key that seems to be missing may be one that is misspelt.
    for (const warning of loaded?.warnings ?? []) log.warning(formatConfigWarning(warning));
    return configurationFailure(error, (message) => log.error(message));
  }
  const { config, warnings } = loaded;
  try {
    return await context.run({ config, warnings, log, signal: context.signal });
  } catch (error) {
    if (error instanceof ConfigError) return configurationFailure(error, (text) => log.error(text));
    if (!(error instanceof EnvironmentError)) throw error;
    log.error(error.message);
    return exitStatus.runtime;
  }
}

/** Loads and uses a configuration; a ConfigError on the way becomes one line and its status. */
function withConfig(
  file: string,
  say: (message: string) => void,
  use: (loaded: LoadedConfig) => number,
): number {
  try {
    return use(loadConfig(file));
  } catch (error) {
    return configurationFailure(error, say);
  }
}

function configurationFailure(error: unknown, say: (message: string) => void): number {
  if (!(error instanceof ConfigError)) throw error;
  say(error.message);
  return exitStatus.configuration;
}

function tell(context: ProgramContext): (message: string) => void {
  return (message) => context.stderr(`enftun: ${message}\n`);
}
