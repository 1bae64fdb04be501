/** Keeps the file named by `identity.ip_file` up to date, and writes it only when it changes: flash memory wears out. */
import { EnvironmentError } from '../core/errors.ts';
import { writeAddressFile } from '../identity/address-file.ts';
import type { Logger } from './log.ts';

export class AddressPublisher {
  readonly #file: () => string | undefined;
  readonly #log: Logger;
  /** File and address. */
  #published: string | undefined;

  constructor(file: () => string | undefined, log: Logger) {
    this.#file = file;
    this.#log = log;
  }

  /** A file that cannot be written is told and tried again with the next call; the tunnel does not need it. */
  async publish(addressText: string): Promise<void> {
    const file = this.#file();
    if (file === undefined || this.#published === `${file} ${addressText}`) return;
    try {
      await writeAddressFile(file, addressText);
      this.#published = `${file} ${addressText}`;
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      this.#log.warning(error.message);
    }
  }
}
