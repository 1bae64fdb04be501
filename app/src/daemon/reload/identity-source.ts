/**
 * The identity in use. The files are read again for each attempt, so that new ones are taken up without a restart;
 * files that cannot be used, half replaced for example, do not take away one that can: it stays until they are right.
 */
import { EnvironmentError } from '../../core/errors.ts';
import { loadIdentity, type IdentityFiles, type TpmAccess } from '../../identity/files.ts';
import type { Identity } from '../../identity/identity.ts';
import { expiryWarning, rootWarnings } from '../../identity/expiry-warning.ts';
import type { Logger } from '../../platform/log.ts';
import type { Credentials } from '../credentials/credentials.ts';

export class IdentitySource implements Credentials {
  readonly #files: () => IdentityFiles;
  readonly #log: Logger;
  readonly #date: () => Date;
  readonly #tpm: TpmAccess | undefined;
  #current: Identity | undefined;

  constructor(files: () => IdentityFiles, log: Logger, date: () => Date, tpm?: TpmAccess) {
    this.#files = files;
    this.#tpm = tpm;
    this.#log = log;
    this.#date = date;
  }

  /**
   * Rejects with an EnvironmentError, for a fault of the files an IdentityError, as long as there never was one that
   * can be used.
   */
  async load(): Promise<Identity> {
    const files = this.#files();
    try {
      const warn = (message: string): void => this.#log.warning('key-exposed', message);
      this.#current = await loadIdentity(files, { warn, tpm: this.#tpm });
    } catch (error) {
      if (!(error instanceof EnvironmentError) || this.#current === undefined) throw error;
      if (this.#current.tpmKey?.isOpen === false) throw error;
      this.#log.warning(
        'identity-kept',
        `${error.message}; the identity that was read before stays in use`,
      );
    }
    this.#warnOfEnds(files, this.#current);
    return this.#current;
  }

  #warnOfEnds({ caCertFile, certFile = '' }: IdentityFiles, { notAfter, roots }: Identity): void {
    const now = this.#date();
    const own = expiryWarning(certFile, notAfter, now);
    if (own !== undefined) this.#log.warning('certificate-ends', own);
    // One that stays is enough: an old root is left in the file while servers change over to the next.
    const ending = rootWarnings(caCertFile, roots, now);
    if (ending.length < roots.length) return;
    for (const warning of ending) this.#log.warning('root-ends', warning);
  }

  accepted(): void {
    // Files do not change by that.
  }

  networkChanged(): void {
    // Nor by that.
  }

  /** Reads the files; true when there is an identity and it is another one than before. */
  async reload(): Promise<boolean> {
    const before = this.#current;
    try {
      const now = await this.load();
      return before === undefined || !isSame(before, now);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      // Reported by the attempt that waits for the first one.
      return false;
    }
  }
}

function isSame(a: Identity, b: Identity): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}
