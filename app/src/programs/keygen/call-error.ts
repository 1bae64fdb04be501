import { EnvironmentError, type EnvironmentErrorDetails } from '../../core/errors.ts';

/** A call to the identity service that has failed. */
export class CallError extends EnvironmentError {
  /** The service may have carried it out all the same: the request had been sent when the call failed. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, details: EnvironmentErrorDetails & { mayHaveArrived: boolean }) {
    super(message, details);
    this.mayHaveArrived = details.mayHaveArrived;
  }
}
