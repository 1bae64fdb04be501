/**
 * What a reload (SIGHUP) does: reads the configuration and the identity again, and changes what they change. Nothing
 * different: nothing is touched, and a wait for the next attempt ends. A file that is wrong changes nothing either.
 */
import { ConfigError } from '../core/errors.ts';
import { formatConfigWarning } from './config/config-warning.ts';
import type { LoadedConfig } from './config/load.ts';
import type { SettingName } from './config/schema.ts';
import type { Logger } from './log.ts';
import type { RunningConfig } from './running-config.ts';

export interface ReloaderOptions {
  readonly running: RunningConfig;
  /** Reads the files of the configuration. Throws ConfigError. */
  readonly load: () => LoadedConfig;
  /** Reads the files of the identity; true when it is another one. */
  readonly reloadIdentity: () => Promise<boolean>;
  /** These keys have other values. */
  readonly onConfig: (changed: readonly SettingName[]) => void;
  /** The tunnel has to begin anew. */
  readonly onChange: () => void;
  /** All is as it was. */
  readonly onSame: () => void;
  readonly log: Logger;
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** One after the other, however fast they are asked for. Never rejects for a mistake in a file. */
  reload(): Promise<void> {
    this.#last = this.#last.then(() => this.#reload());
    return this.#last;
  }

  async #reload(): Promise<void> {
    const { onConfig, reloadIdentity, onChange, onSame, log } = this.#options;
    const changed = this.#reloadConfig();
    if (changed === undefined) return;
    if (changed.length > 0) onConfig(changed);
    const isOtherIdentity = await reloadIdentity();
    const words = [...changed, ...(isOtherIdentity ? ['the identity'] : [])];
    log.info(
      `reloaded: ${words.length === 0 ? 'nothing has changed' : `${words.join(', ')} changed`}`,
    );
    if (words.length > 0) onChange();
    else onSame();
  }

  /** Undefined when the file cannot be used. */
  #reloadConfig(): readonly SettingName[] | undefined {
    const { running, load, log } = this.#options;
    try {
      const { warnings, changed, postponed } = running.change(load());
      for (const warning of warnings) log.warning(formatConfigWarning(warning));
      if (postponed.length > 0) {
        const are = postponed.length === 1 ? 'takes' : 'take';
        log.warning(`${postponed.join(', ')}: the new value ${are} effect with the next start`);
      }
      return changed;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error(`${error.message}; the configuration that was read before stays in use`);
      return undefined;
    }
  }
}
