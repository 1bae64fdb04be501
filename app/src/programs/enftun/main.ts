/** What `enftun` does for each command line, and the exit status it ends with. */
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { requireCredentials, type LoadedConfig } from '../../config/build-config.ts';
import { formatConfigWarning } from '../../config/config-warning.ts';
import { loadConfig } from '../../config/load.ts';
import { printValue } from '../../config/print-value.ts';
import type { Logger, LogLevel } from '../../platform/log.ts';
import type { PageProgramOptions } from './page/page-program.ts';
import type { ReportOptions } from './report/report.ts';
import { readStorage } from '../../status/storage.ts';
import { storageWords } from '../../status/format-storage.ts';
import type { WifiContext } from './wifi/wifi-program.ts';
import { checkIdentity } from './check-identity.ts';
import { isLogLevel, parseCommandLine, type Command } from './command-line.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import { explainKeys, explainKeysInMarkdown } from './explain-keys.ts';
import { statusCommand } from './status-command.ts';
import { usage, usageHint } from './usage.ts';
import { version } from '../../platform/version.ts';

/** Everything that the program touches outside of configuration files. */
export interface ProgramContext {
  argv: readonly string[];
  environment: Record<string, string | undefined>;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  openLog: (level: LogLevel) => Logger;
  /** The time of day. */
  date: () => Date;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  run: (options: {
    loaded: LoadedConfig;
    /** Reads the configuration again. Throws ConfigError. */
    load: () => LoadedConfig;
    log: Logger;
    signal: AbortSignal;
  }) => Promise<number>;
  page: (options: PageProgramOptions) => Promise<number>;
  report: (options: ReportOptions) => Promise<number>;
  wifi: (options: Pick<WifiContext, 'argv' | 'stdout' | 'stderr'>) => Promise<number>;
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
      return await check(context, command.file, command.isStrict);
    case 'status':
      return await withConfigErrors(tell(context), () => statusCommand({ ...context, ...command }));
    case 'report':
      return await withConfigErrors(tell(context), () =>
        context.report({ ...context, ...command }),
      );
    case 'wifi':
      return context.wifi({ ...context, argv: command.argv });
    case 'page':
      return await page(context, command);
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

async function check(context: ProgramContext, file: string, isStrict: boolean): Promise<number> {
  return withConfigErrors(tell(context), async () => {
    const { config, warnings } = loadConfig(file);
    const problems = warnings.map(formatConfigWarning);
    const say = (): void => {
      for (const problem of problems) {
        context.stderr(`${isStrict ? 'error' : 'warning'}: ${problem}\n`);
      }
      problems.splice(0);
    };
    // A key that seems to be missing may be one that is misspelt.
    say();
    requireCredentials(config);
    problems.push(...(await checkIdentity(config, context.date())));
    const storage = storageWords(readStorage());
    if (storage !== undefined) problems.push(storage.problem);
    // Only here: what transports need is a lot to read for a script that asks for single values.
    const { checkTransports } = await import('./check-transports.ts');
    problems.push(...checkTransports(config));
    const isGood = warnings.length + problems.length === 0;
    say();
    if (isStrict && !isGood) return exitStatus.configuration;
    context.stdout(`${file}: ${isGood ? 'good' : 'usable, with warnings'}\n`);
    return exitStatus.success;
  });
}

async function page(
  context: ProgramContext,
  { socket, listen }: Extract<Command, { command: 'page' }>,
): Promise<number> {
  const { environment, signal } = context;
  const log = openLog(context, undefined);
  return withEnvironmentErrors(log, () =>
    context.page({ socket, listen, environment, pid: process.pid, log, signal }),
  );
}

async function run(
  context: ProgramContext,
  file: string,
  wantedLevel: LogLevel | undefined,
): Promise<number> {
  const log = openLog(context, wantedLevel);
  let loaded: LoadedConfig | undefined;
  try {
    loaded = loadConfig(file);
    requireCredentials(loaded.config);
  } catch (error) {
    // A key that seems to be missing may be one that is misspelt.
    for (const warning of loaded?.warnings ?? [])
      log.warning('config-warning', formatConfigWarning(warning));
    return configurationFailure(error, (message) => log.error('config-unusable', message));
  }
  const start = { loaded, load: () => loadAgain(file), log, signal: context.signal };
  return withEnvironmentErrors(log, () => context.run(start));
}

function loadAgain(file: string): LoadedConfig {
  const loaded = loadConfig(file, { isReload: true });
  requireCredentials(loaded.config);
  return loaded;
}

function openLog(context: ProgramContext, wantedLevel: LogLevel | undefined): Logger {
  const fromEnvironment = context.environment.ENFTUN_LOG || 'info';
  const isKnown = isLogLevel(fromEnvironment);
  const log = context.openLog(wantedLevel ?? (isKnown ? fromEnvironment : 'info'));
  // A slip in a variable is no reason to be without a tunnel.
  if (!isKnown)
    log.warning(
      'log-level-unknown',
      `ENFTUN_LOG=${fromEnvironment} is not a log level; using info`,
    );
  return log;
}

/** What ends a run: said once in the log, with the status that follows from it. */
async function withEnvironmentErrors(log: Logger, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConfigError)
      return configurationFailure(error, (text) => log.error('config-unusable', text));
    if (!(error instanceof EnvironmentError)) throw error;
    log.error('start-failed', error.message);
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

async function withConfigErrors(
  say: (message: string) => void,
  use: () => Promise<number>,
): Promise<number> {
  try {
    return await use();
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
