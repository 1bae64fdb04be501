/**
 * What a reload (SIGHUP) does: reads the configuration and the identity again, and changes what they change. Nothing
 * different: nothing is touched, and a wait for the next attempt ends. A file that is wrong changes nothing either.
 */
import { ConfigError } from '../../core/errors.ts';
import { RepeatedWork } from '../../core/repeated-work.ts';
import { elapsed, milliseconds, type Clock, type Instant } from '../../core/time.ts';
import { formatConfigWarning } from '../../config/config-warning.ts';
import type { LoadedConfig } from '../../config/build-config.ts';
import type { SettingName } from '../../config/schema.ts';
import type { Logger } from '../../platform/log.ts';
import type { RunningConfig } from './running-config.ts';

export interface ReloaderOptions {
  readonly running: RunningConfig;
  /** Reads the files of the configuration. Throws ConfigError. */
  readonly load: () => LoadedConfig;
  /** Reads the files of the identity; true when it is another one. */
  readonly reloadIdentity: () => Promise<boolean>;
  /** These keys have other values. */
  readonly onConfig: (changed: readonly SettingName[]) => void;
  /** The tunnel has to start over. */
  readonly onChange: () => void;
  /** All is as it was. */
  readonly onSame: () => void;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Between the starts of two reloads: reading the files takes the processor from the host's traffic. */
const shortestInterval = milliseconds(500);

export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #work = new RepeatedWork(() => this.#reloadInTime());
  #lastStart: Instant | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /**
   * One at a time, and one more for all that ask meanwhile, however fast they do. Never rejects for a mistake in a
   * file.
   */
  reload(): Promise<void> {
    return this.#work.request();
  }

  async #reloadInTime(): Promise<void> {
    const { clock } = this.#options;
    if (this.#lastStart !== undefined) {
      const wait = milliseconds(shortestInterval - elapsed(this.#lastStart, clock.now()));
      if (wait > 0) await new Promise<void>((resolve) => clock.schedule(wait, resolve));
    }
    this.#lastStart = clock.now();
    await this.#reload();
  }

  async #reload(): Promise<void> {
    const { onConfig, reloadIdentity, onChange, onSame, log } = this.#options;
    const changed = this.#reloadConfig();
    if (changed === undefined) return;
    if (changed.length > 0) onConfig(changed);
    const isOtherIdentity = await reloadIdentity();
    const words = [...changed, ...(isOtherIdentity ? ['the identity'] : [])];
    log.info(
      'reloaded',
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
      for (const warning of warnings) log.warning('config-warning', formatConfigWarning(warning));
      if (postponed.length > 0) {
        const are = postponed.length === 1 ? 'takes' : 'take';
        log.warning(
          'config-postponed',
          `${postponed.join(', ')}: the new value ${are} effect with the next start`,
        );
      }
      return changed;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error(
        'config-kept',
        `${error.message}; the configuration that was read before stays in use`,
      );
      return undefined;
    }
  }
}
