/** What `enftun` does for each command line, and the exit status it ends with. */
import { requireCredentials, type LoadedConfig } from '../../config/build-config.ts';
import { formatConfigWarning } from '../../config/config-warning.ts';
import { loadConfig } from '../../config/load.ts';
import { printValue } from '../../config/print-value.ts';
import { logLevels, type Logger, type LogLevel } from '../../platform/log.ts';
import type { PageProgramOptions } from './page/page-program.ts';
import type { ReportOptions } from './report/report.ts';
import { readStorage } from '../../status/storage.ts';
import { storageWords } from '../../status/format-storage.ts';
import type { WifiContext } from './wifi/wifi-program.ts';
import { checkIdentity } from './check-identity.ts';
import { parseCommandLine, type Command } from './command-line.ts';
import { table } from './command-table.ts';
import { carryOut } from '../../platform/command-line/carry-out.ts';
import { logFailure } from '../../platform/command-line/log-failure.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import { explainKeys, explainKeysInMarkdown } from './explain-keys.ts';
import { statusCommand } from './status-command.ts';

/** Everything that the program touches outside of configuration files. */
export interface ProgramContext {
  argv: readonly string[];
  environment: Record<string, string | undefined>;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  openLog: (level: LogLevel) => Logger;
  /** The time of day. */
  date: () => Date;
  /** Aborted when the process is stopped. */
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
  keygen: (argv: readonly string[]) => Promise<number>;
}

/** The exit status. Rejects only for a bug. */
export async function main(context: ProgramContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  return carryOut(table, request, context, (command) => carryOutCommand(context, command));
}

async function carryOutCommand(context: ProgramContext, command: Command): Promise<number> {
  switch (command.command) {
    case 'keys':
      context.stdout(command.isMarkdown ? explainKeysInMarkdown() : explainKeys());
      return exitStatus.success;
    case 'print':
      return print(context, command.file, command.key);
    case 'check':
      return check(context, command.file, command.isStrict);
    case 'status':
      return statusCommand({ ...context, ...command });
    case 'report':
      return context.report({ ...context, ...command });
    case 'wifi':
      return context.wifi({ ...context, argv: command.argv });
    case 'keygen':
      return context.keygen(command.argv);
    case 'page':
      return page(context, command);
    case 'run':
      return run(context, command.file, command.logLevel);
  }
}

function print({ stdout, stderr }: ProgramContext, file: string, key: string): number {
  const text = printValue(loadConfig(file).values, key);
  if (text === undefined) {
    stderr(`${key} not found\n`);
    return exitStatus.runtime;
  }
  stdout(`${text}\n`);
  return exitStatus.success;
}

async function check(context: ProgramContext, file: string, isStrict: boolean): Promise<number> {
  const { config, warnings } = loadConfig(file);
  const problems = warnings.map(formatConfigWarning);
  const report = (): void => {
    for (const problem of problems) {
      context.stderr(`${isStrict ? 'error' : 'warning'}: ${problem}\n`);
    }
    problems.splice(0);
  };
  // A key that seems to be missing may be one that is misspelt.
  report();
  requireCredentials(config);
  problems.push(...(await checkIdentity(config, context.date())));
  const storage = storageWords(readStorage());
  if (storage !== undefined) problems.push(storage.problem);
  // Only here: what transports need is a lot to read for a script that asks for single values.
  const { checkTransports } = await import('./check-transports.ts');
  problems.push(...checkTransports(config));
  const isGood = warnings.length + problems.length === 0;
  report();
  if (isStrict && !isGood) return exitStatus.configuration;
  context.stdout(`${file}: ${isGood ? 'good' : 'usable, with warnings'}\n`);
  return exitStatus.success;
}

async function page(
  context: ProgramContext,
  { socket, listen, logLevel }: Extract<Command, { command: 'page' }>,
): Promise<number> {
  const { environment, signal } = context;
  const log = openLog(context, logLevel);
  return logged(log, () =>
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
    return logFailure(log, error);
  }
  const start = { loaded, load: () => loadAgain(file), log, signal: context.signal };
  return logged(log, () => context.run(start));
}

function loadAgain(file: string): LoadedConfig {
  const loaded = loadConfig(file, { isReload: true });
  requireCredentials(loaded.config);
  return loaded;
}

function openLog(context: ProgramContext, wantedLevel: LogLevel | undefined): Logger {
  const fromEnvironment = context.environment.ENFTUN_LOG || 'info';
  const known = logLevels.find((level) => level === fromEnvironment);
  const log = context.openLog(wantedLevel ?? known ?? 'info');
  // A mistake in a variable must not keep the tunnel down.
  if (known === undefined)
    log.warning(
      'log-level-unknown',
      `ENFTUN_LOG=${fromEnvironment} is not a log level; using info`,
    );
  return log;
}

/** What ends a run goes into the log, with the status that follows from it. */
async function logged(log: Logger, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    return logFailure(log, error);
  }
}
