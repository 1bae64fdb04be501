import { ConfigError } from '../../core/errors.ts';
import type { Logger } from '../log.ts';
import { statusOfError } from './carry-out.ts';

/** Logs what ended a run, and returns the exit status that follows from it. Throws what is a bug of ours. */
export function logFailure(log: Logger, error: unknown, statusOf = statusOfError): number {
  const status = statusOf(error);
  if (status === undefined || !(error instanceof Error)) throw error;
  log.error(error instanceof ConfigError ? 'config-unusable' : 'start-failed', error.message);
  return status;
}
