/**
 * Result codes of ACK as the C system has them. The text of the specification swaps 3 and 4; a receiver therefore
 * takes both for a connection that could not be made.
 */
export const resultCode = {
  success: 0,
  hostError: 1,
  invalid: 2,
  connectionRefused: 3,
  protocolNotSupported: 4,
  networkUnreachable: 5,
  timedOut: 6,
  mismatch: 7,
  notConnected: 8,
  noSocket: 9,
} as const;

/** The errno that says best what a code other than success means to the program that wanted a connection. */
export function errnoOfResult(code: number): string {
  switch (code) {
    case resultCode.connectionRefused:
    case resultCode.protocolNotSupported:
      return 'ECONNREFUSED';
    case resultCode.networkUnreachable:
      return 'ENETUNREACH';
    case resultCode.timedOut:
      return 'ETIMEDOUT';
    case resultCode.invalid:
      return 'EINVAL';
    default:
      return 'EREMOTEIO';
  }
}

/** The code for a connection that failed with this errno. */
export function resultOfErrno(errno: string): number {
  switch (errno) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return resultCode.connectionRefused;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'EACCES':
    case 'EPERM':
      return resultCode.networkUnreachable;
    case 'ETIMEDOUT':
      return resultCode.timedOut;
    default:
      return resultCode.hostError;
  }
}
