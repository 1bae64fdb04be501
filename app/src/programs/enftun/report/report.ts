/**
 * `enftun report`: one text with what is needed for support. It holds no key and no password; it does hold
 * addresses and names of this machine, and says so at its top, so that its owner can read it before giving it away.
 */
import { EnvironmentError } from '../../../core/errors.ts';
import { formatConfigWarning } from '../../../config/config-warning.ts';
import { loadConfig } from '../../../config/load.ts';
import { printValue } from '../../../config/print-value.ts';
import { rowOf, settingNames } from '../../../config/schema.ts';
import { exitStatus } from '../../../platform/exit-status.ts';
import { socketOfConfig } from '../status-command.ts';
import { version } from '../../../platform/version.ts';
import { readStatus } from '../../../status/read-status.ts';
import { instanceName } from '../../../platform/status-paths.ts';
import { identityFacts, secretsOfKey } from './identity-facts.ts';
import { redact } from './redact.ts';
import { systemFacts, type Fact } from './system-facts.ts';

export interface ReportOptions {
  readonly file: string;
  /** Status socket; default: the one of the configuration. */
  readonly socket: string | undefined;
  readonly stdout: (text: string) => void;
  readonly date: () => Date;
}

/** Throws ConfigError for a configuration that cannot be read: then its own message is what is needed. */
export async function runReport(options: ReportOptions): Promise<number> {
  const { file, stdout, date } = options;
  const { config, values, warnings } = loadConfig(file);
  const settings = settingNames
    .map((name) => {
      const isHidden = rowOf(name).isSecret === true && values[name] !== undefined;
      return `${name} = ${isHidden ? '[set]' : printValue(values, name)}`;
    })
    .join('\n');
  const facts: Fact[] = [
    { heading: 'versions', text: `enftun ${version}, Node.js ${process.version}, ${process.arch}` },
    { heading: `settings of ${file}`, text: settings },
    { heading: 'warnings', text: warnings.map(formatConfigWarning).join('\n') || 'none' },
    ...(await identityFacts(config)),
    await statusFact(options.socket ?? socketOfConfig(file)),
    ...(await systemFacts(instanceName(file))),
  ];
  const introduction =
    `Report of an ENF tunnel, ${date().toISOString()}.\n` +
    'Keys and passwords are not in it. Addresses, names and the log of this machine are.\n';
  const body = facts.map(({ heading, text }) => `\n== ${heading}\n${text.trimEnd()}\n`).join('');
  const secrets = settingNames
    .filter((name) => rowOf(name).isSecret === true && values[name] !== undefined)
    .map((name) => printValue(values, name)!);
  const keys = await secretsOfKey(config.identity.keyFile);
  stdout(redact(introduction + body, secrets, keys));
  return exitStatus.success;
}

async function statusFact(socket: string): Promise<Fact> {
  const heading = `status from ${socket}`;
  try {
    return { heading, text: JSON.stringify(await readStatus(socket), undefined, 2) };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { heading, text: error.message };
  }
}
