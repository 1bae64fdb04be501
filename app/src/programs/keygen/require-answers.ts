import { UsageError } from '../../platform/command-line/usage-error.ts';
import type { RegisterRequest, RenewRequest } from './command-line.ts';
import type { KeygenContext } from './context.ts';

/** Throws UsageError if a person would have to answer, and there is none. */
export function requireAnswers(
  request: RegisterRequest | RenewRequest,
  { stdin }: KeygenContext,
): void {
  if (request.isDryRun || stdin.isTTY === true) return;
  if (!request.isConfirmed) {
    throw new UsageError('standard input is not a terminal; add --yes to go on without a question');
  }
  if (request.command === 'register' && request.password.from === 'terminal') {
    throw new UsageError(
      'standard input is not a terminal; give the password with --password-fd N or --password-file FILE',
    );
  }
}
