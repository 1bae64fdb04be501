/**
 * The configuration in use. It can be read again while the service runs: what may change then takes effect at once,
 * what is read at the start only keeps its value, and a file that is wrong changes nothing.
 */
import { ConfigError } from '../../core/errors.ts';
import { buildConfig, type LoadedConfig } from '../../config/build-config.ts';
import type { ConfigWarning } from '../../config/config-warning.ts';
import type { Config } from '../../config/config.ts';
import { printValue } from '../../config/print-value.ts';
import { rowOf, settingNames, type SettingName, type SettingValues } from '../../config/schema.ts';

export interface ConfigChange {
  readonly warnings: readonly ConfigWarning[];
  /** Keys with another value than before, which is in use now. */
  readonly changed: readonly SettingName[];
  /** Keys with another value, which only a restart brings into use. */
  readonly postponed: readonly SettingName[];
}

export class RunningConfig {
  #loaded: LoadedConfig;

  constructor(loaded: LoadedConfig) {
    this.#loaded = loaded;
  }

  get current(): Config {
    return this.#loaded.config;
  }

  /**
   * Takes over what was read. Throws ConfigError, and takes over nothing, when that contradicts what stays until the
   * next start: a file is checked as it would be used, and not only as it would be read by a new process.
   */
  change(next: LoadedConfig): ConfigChange {
    const before = this.#loaded.values;
    const different = settingNames.filter(
      (name) => printValue(before, name) !== printValue(next.values, name),
    );
    const postponed = different.filter(isForStart);
    const kept = Object.fromEntries(postponed.map((name) => [name, before[name]]));
    this.#loaded = fitTogether(next, kept, postponed);
    const changed = different.filter((name) => !isForStart(name));
    return { warnings: next.warnings, changed, postponed };
  }
}

function fitTogether(
  next: LoadedConfig,
  kept: Partial<SettingValues>,
  postponed: readonly SettingName[],
): LoadedConfig {
  const { read, config } = next;
  try {
    const values = { ...read.values, ...kept };
    return { ...buildConfig(config.file, { ...read, values }), warnings: next.warnings };
  } catch (error) {
    if (!(error instanceof ConfigError) || postponed.length === 0) throw error;
    const problem = `contradicts what stays until the next start (${postponed.join(', ')})`;
    throw new ConfigError(problem, { ...error.details, cause: error });
  }
}

function isForStart(name: SettingName): boolean {
  return rowOf(name).concerns === 'start';
}
