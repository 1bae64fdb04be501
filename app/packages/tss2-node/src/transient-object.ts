/**
 * An object in the TPM's memory, of which there is little: three places on many TPMs. `await using` flushes it at the
 * end of the block, whatever happens there.
 */
import { flushContext } from './commands/objects.ts';
import { TpmResponseError } from './errors.ts';
import type { RunCommand } from './command.ts';

export class TransientObject {
  readonly handle: number;
  readonly name: Uint8Array;
  readonly #run: RunCommand;
  #flushed: Promise<void> | undefined;

  constructor(run: RunCommand, { handle, name }: { handle: number; name: Uint8Array }) {
    this.#run = run;
    this.handle = handle;
    this.name = name;
  }

  /** May be called twice. An object that the TPM no longer has, for example after its reset, counts as flushed. */
  flush(): Promise<void> {
    this.#flushed ??= this.#flush();
    return this.#flushed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.flush();
  }

  async #flush(): Promise<void> {
    try {
      await this.#run(flushContext(this.handle));
    } catch (error) {
      const isGone = error instanceof TpmResponseError && goneCodes.has(error.responseCode.name);
      if (!isGone) throw error;
    }
  }
}

/** What TPM2_FlushContext answers for a handle that refers to nothing. */
const goneCodes = new Set<string | undefined>(['TPM_RC_HANDLE', 'TPM_RC_REFERENCE_H0']);
