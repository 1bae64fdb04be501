/**
 * Keeps the file named by `identity.ip_file` up to date, and writes it only when it changes: flash memory wears out.
 */
import { EnvironmentError } from '../core/errors.ts';
import { writeAddressFile } from '../identity/address-file.ts';
import type { Logger } from '../platform/log.ts';

export class AddressPublisher {
  readonly #file: () => string | undefined;
  readonly #log: Logger;
  /** File and address. */
  #published: string | undefined;
  /** One write at a time: the newest address is what the file has in the end. */
  #last: Promise<void> = Promise.resolve();

  constructor(file: () => string | undefined, log: Logger) {
    this.#file = file;
    this.#log = log;
  }

  /** A file that cannot be written is logged and tried again with the next call; the tunnel does not need it. */
  publish(addressText: string): Promise<void> {
    this.#last = this.#last.then(() => this.#publish(addressText));
    return this.#last;
  }

  async #publish(addressText: string): Promise<void> {
    const file = this.#file();
    if (file === undefined || this.#published === `${file} ${addressText}`) return;
    try {
      await writeAddressFile(file, addressText);
      this.#published = `${file} ${addressText}`;
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      this.#log.warning('address-file-failed', error.message);
    }
  }
}
