/** Why there is no usable identity: the step that failed decides whether a new provisioning could help. */
import { EnvironmentError } from '../core/errors.ts';

/** Steps in the order in which they are tried. `pair`: the key does not belong to the certificate. */
export type IdentityStep = 'ca' | 'certificate' | 'key' | 'pair' | 'name';

export interface IdentityErrorDetails {
  step: IdentityStep;
  /** File that is at fault; undefined when the configuration names none. */
  file: string | undefined;
  /** Symbolic errno of the system, or `EFORMAT` for contents that cannot be used. */
  errno?: string;
  cause?: unknown;
}

/** The message names the file, what is wrong with it and what to do. */
export class IdentityError extends EnvironmentError {
  readonly step: IdentityStep;
  readonly file: string | undefined;

  constructor(message: string, details: IdentityErrorDetails) {
    super(message, {
      errno: details.errno ?? 'EFORMAT',
      syscall: `identity ${details.step}`,
      cause: details.cause,
    });
    this.step = details.step;
    this.file = details.file;
  }
}
