/** Why there is no connection to a server: an EnvironmentError that also carries what the session policy needs. */
import { EnvironmentError, type EnvironmentErrorDetails } from '../core/errors.ts';
import type { DisconnectCause } from '../tunnel/disconnect-cause.ts';

/** The causes with which an attempt can fail before there is a session. */
export type UplinkFailure = 'unreachable' | 'server-untrusted' | 'handshake-failed' | 'stopped';

export class UplinkError extends EnvironmentError {
  readonly failure: UplinkFailure;

  constructor(failure: UplinkFailure, message: string, details: EnvironmentErrorDetails) {
    super(message, details);
    this.failure = failure;
  }

  get disconnectCause(): DisconnectCause {
    if (this.failure === 'stopped') return { kind: 'stopped' };
    return { kind: this.failure, detail: this.message };
  }
}

/** The service is ending, and so does what was going on. */
export function stoppedError(syscall: string): UplinkError {
  return new UplinkError('stopped', 'stopped', { errno: 'ECANCELED', syscall });
}
