/**
 * A command as a value: what to send, and how to read the answer. The functions in commands/ make them; they are pure,
 * and `Tpm.run` sends any of them, as well as those that a program describes itself.
 */
import type { ByteReader } from './codec/byte-reader.ts';

export interface Command<Result> {
  /** As in TPM 2.0 Library part 3, for example `"TPM2_Sign"`. */
  readonly name: string;
  readonly code: number;
  readonly handles: readonly number[];
  /** One authorization value for each handle that needs one. */
  readonly auths: readonly Uint8Array[];
  readonly parameters: Uint8Array;
  /** The answer begins with the handle of a new transient object, which is flushed if the result is abandoned. */
  readonly createsObject: boolean;
  /** Frees what a TPM has little of, so that it must not fail for want of a place in a queue. */
  readonly isCleanup?: boolean;
  /** Reads the parameters of a successful response to their end. */
  readonly decode: (parameters: ByteReader, handle: number) => Result;
}

/** The authorization value of an object that has none. */
export const emptyAuth: Uint8Array = new Uint8Array();

/** Sends a command, with the options that its caller chose before. */
export type RunCommand = <Result>(command: Command<Result>) => Promise<Result>;
