/**
 * A TPM that is open for one piece of work with one key: its parent, and the key itself. Errors are those of
 * `explain-tpm.ts`.
 */
import {
  hierarchies,
  hierarchyParentTemplate,
  Tpm,
  type KeyFile,
  type TctiTransport,
  type TransientObject,
} from 'tss2-node';
import { explainTpm, type TpmStep, type TpmTask } from './explain-tpm.ts';
import type { TpmSettings } from './tpm-settings.ts';

/** Of one command; a TPM on SPI takes a second for a key. */
const commandTimeoutMs = 20_000;

export class TpmSession implements AsyncDisposable {
  readonly tpm: Tpm<TctiTransport>;
  readonly #task: Omit<TpmTask, 'step' | 'parent'>;

  private constructor(tpm: Tpm<TctiTransport>, task: Omit<TpmTask, 'step' | 'parent'>) {
    this.tpm = tpm;
    this.#task = task;
  }

  /** `file`: the key file, for messages. */
  static async open(file: string, settings: TpmSettings, now: Date): Promise<TpmSession> {
    const task = { file, settings, now };
    try {
      const tpm = Tpm.open(settings.tcti, { timeoutMs: commandTimeoutMs });
      const session = new TpmSession(tpm, task);
      await session.attempt('open', 0, () => tpm.dictionaryAttackState());
      return session;
    } catch (error) {
      throw await explainTpm(error, { ...task, step: 'open', parent: 0 });
    }
  }

  /** Loads the key below its parent for as long as `use` takes. */
  async withKey<T>(key: KeyFile, use: (loaded: TransientObject) => Promise<T>): Promise<T> {
    const { parent } = key;
    const primary = await this.attempt('parent', parent, () => this.#parentOf(parent));
    let loaded;
    try {
      loaded = await this.attempt('load', parent, () =>
        this.tpm.load(primary?.handle ?? parent, key),
      );
    } finally {
      await primary?.flush();
    }
    try {
      return await use(loaded);
    } finally {
      await loaded.flush();
    }
  }

  /** Rejects with what `explainTpm` makes of a failure. */
  async attempt<T>(step: TpmStep, parent: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await explainTpm(error, { ...this.#task, step, parent }, this.tpm);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.tpm.close();
  }

  /** The primary key that stands behind a hierarchy; undefined for a persistent parent, which is looked for. */
  async #parentOf(parent: number): Promise<TransientObject | undefined> {
    if (Object.values<number>(hierarchies).includes(parent)) {
      return this.tpm.createPrimary(parent, hierarchyParentTemplate);
    }
    await this.tpm.readPublic(parent);
    return undefined;
  }
}
