import { EnfError } from '../../core/errors.ts';

/** A mistake on the command line. `read-command-line.ts` turns it into a request of the kind `wrong`. */
export class UsageError extends EnfError {
  readonly code = 'USAGE';
}
