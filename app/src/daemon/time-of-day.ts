/**
 * The time of day, as far as the service can trust it. A clock that is synchronized, by an NTP client for example, is
 * right. Elsewhere a server's certificate may prove that the clock is behind: that is logged, and the time is stored
 * for the unit that may set the clock.
 */
import { existsSync } from 'node:fs';
import { isClockSynchronized } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { clockFloorFile, writeClockFloor } from '../platform/clock-floor-file.ts';
import type { Logger } from '../platform/log.ts';
import type { ServerClock } from './session/secure-connection.ts';

/** systemd-timesyncd makes it once the time is right (systemd-timesyncd.service(8)). */
const synchronizedFile = '/run/systemd/timesync/synchronized';

export class TimeOfDay implements ServerClock {
  readonly #certFile: () => string | undefined;
  readonly #log: Logger;
  readonly #isSynchronized: () => boolean | undefined;
  #settled: Promise<void> = Promise.resolve();

  /** `isSynchronized`: the kernel's own word, undefined where a sandbox hides it. */
  constructor(
    certFile: () => string | undefined,
    log: Logger,
    isSynchronized: () => boolean | undefined = isClockSynchronized,
  ) {
    this.#certFile = certFile;
    this.#log = log;
    this.#isSynchronized = isSynchronized;
  }

  /** Resolves when the last floor has been stored, or it is logged that it cannot be. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  isKept(): boolean {
    return this.#isSynchronized() ?? existsSync(synchronizedFile);
  }

  isAtLeast(date: Date): void {
    const [day, time] = date.toISOString().split(/[T.]/);
    this.#log.warning(
      'clock-behind',
      `this machine's clock is behind and not synchronized: the server's certificate is valid from ${day} ${time} UTC; accepted`,
    );
    this.#settled = this.#keep(date);
  }

  async #keep(date: Date): Promise<void> {
    const certFile = this.#certFile();
    if (certFile === undefined) return;
    try {
      await writeClockFloor(clockFloorFile(certFile), date);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      this.#log.warning('clock-floor-not-stored', `${error.message}, or set this machine's clock`);
    }
  }
}
