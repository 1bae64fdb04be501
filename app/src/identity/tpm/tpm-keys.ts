/**
 * The key inside the TPM that is in use, opened once for all connections: each opening takes a place in the TPM, of
 * which there are three. It is opened by tpm2-openssl, a provider that signs in TLS, and lasts until another key or a
 * failed signature takes its place.
 *
 * A refused password is not tried again: the TPM counts failures, and refuses everything after too many.
 */
import { ProviderKey, TlsKeyError, type TlsContext } from 'tls-stream';
import { unlessGivenUp } from '../../core/attempt.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import { pause } from '../../platform/pause.ts';
import { IdentityError } from '../identity-error.ts';
import { explainKeyFailure } from './explain-key-failure.ts';
import type { TpmKeyFile } from './tpm-key-file.ts';
import type { TpmSettings } from './tpm-settings.ts';

/** A search tries one hello after another; two libraries are in use at a time. */
const mostContexts = 4;

/** A key that has signed, with the contexts that use it. */
export class OpenTpmKey {
  readonly providerKey: ProviderKey;
  readonly #contexts = new Map<string, TlsContext>();
  #isOpen = true;

  constructor(providerKey: ProviderKey) {
    this.providerKey = providerKey;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The context of this name, made if there is none. Throws an EnvironmentError for a key that is closed. */
  context(name: string, make: (key: ProviderKey) => TlsContext): TlsContext {
    if (!this.#isOpen) {
      throw new EnvironmentError('the key in the TPM is opened again for the next attempt', {
        errno: 'EAGAIN',
        syscall: 'TPM',
      });
    }
    const kept = this.#contexts.get(name);
    if (kept !== undefined) return kept;
    const made = make(this.providerKey);
    const [oldest] = this.#contexts.size < mostContexts ? [] : this.#contexts;
    if (oldest !== undefined) {
      this.#contexts.delete(oldest[0]);
      oldest[1].close();
    }
    this.#contexts.set(name, made);
    return made;
  }

  /** Also when a signature has failed: the key is opened again for the next connection. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const context of this.#contexts.values()) context.close();
    this.#contexts.clear();
    this.providerKey.close();
  }
}

/** A TPM that takes longer is not waited for; what it answers then is dropped. */
const longestOpening = seconds(30);

interface Opening {
  /** What the key depends on. */
  readonly subject: string;
  readonly result: Promise<OpenTpmKey>;
  isOver: boolean;
  /** Callers; a result that comes when none is left is closed. */
  waiting: number;
}

type OpenProviderKey = typeof ProviderKey.open;

export class TpmKeys {
  readonly #openInProvider: OpenProviderKey;
  #opening: Opening | undefined;
  #open: { readonly subject: string; readonly key: OpenTpmKey } | undefined;
  #refused: { readonly subject: string; readonly error: IdentityError } | undefined;

  constructor(openInProvider: OpenProviderKey = (options) => ProviderKey.open(options)) {
    this.#openInProvider = openInProvider;
  }

  /**
   * The same object for the same key, also for two callers at the same time. Rejects with an IdentityError for a key
   * that this TPM does not take, with an EnvironmentError for a machine that cannot use it now, and with a
   * TlsAddonError where there is no addon.
   */
  async open(file: string, key: TpmKeyFile, settings: TpmSettings): Promise<OpenTpmKey> {
    const subject = JSON.stringify([key.pem, settings]);
    if (this.#open?.subject === subject && this.#open.key.isOpen) return this.#open.key;
    if (this.#refused?.subject === subject) throw this.#refused.error;
    const opening = this.#begin(subject, key, settings);
    try {
      const opened = await this.#limited(opening, settings);
      if (this.#open?.key !== opened) {
        this.close();
        this.#open = { subject, key: opened };
      }
      return opened;
    } catch (error) {
      if (!(error instanceof TlsKeyError)) throw error;
      const explained = await explainKeyFailure(error, file, key, settings);
      if (explained instanceof IdentityError && isPasswordRefusal(explained)) {
        this.#refused = { subject, error: explained };
      }
      throw explained;
    }
  }

  close(): void {
    this.#open?.key.close();
    this.#open = undefined;
  }

  /** One at a time: an opening that hangs keeps a thread, and another would keep one more. */
  #begin(subject: string, { pem }: TpmKeyFile, settings: TpmSettings): Opening {
    const { tcti, password } = settings;
    if (this.#opening !== undefined && !this.#opening.isOver) {
      if (this.#opening.subject === subject) return this.#opening;
      throw silent(settings);
    }
    // The library writes to standard error what is reported as an error here.
    const environment = { TPM2OPENSSL_TCTI: tcti, TSS2_LOG: process.env.TSS2_LOG ?? 'all+NONE' };
    const passphrase = password === undefined ? {} : { passphrase: password };
    const options = { provider: 'tpm2', pem, environment, ...passphrase };
    const result = this.#openInProvider(options).then((key) => new OpenTpmKey(key));
    const opening: Opening = { subject, result, isOver: false, waiting: 0 };
    const over = (): void => void (opening.isOver = true);
    result.then(over, over);
    this.#opening = opening;
    return opening;
  }

  async #limited(opening: Opening, settings: TpmSettings): Promise<OpenTpmKey> {
    const limit = new AbortController();
    const timer = new AbortController();
    const release = (late: OpenTpmKey): void => {
      if (opening.waiting === 0) late.close();
    };
    const work = unlessGivenUp(opening.result, limit.signal, release);
    opening.waiting++;
    try {
      const late = pause(longestOpening, timer.signal).then(() => undefined);
      const key = await Promise.race([work, late]);
      if (key !== undefined) return key;
      work.catch(() => undefined);
      throw silent(settings);
    } finally {
      opening.waiting--;
      limit.abort();
      timer.abort();
    }
  }
}

/** Of the password: a matter of the configuration, which no other key would change. */
export function isPasswordRefusal(error: IdentityError): boolean {
  return /_AUTH_FAIL$|_BAD_AUTH$/.test(error.errno);
}

function silent({ tcti }: TpmSettings): EnvironmentError {
  const problem = `the TPM at ${tcti} does not answer`;
  return new EnvironmentError(`${problem}; restart the machine if this persists`, {
    errno: 'ETIMEDOUT',
    syscall: 'TPM',
  });
}
