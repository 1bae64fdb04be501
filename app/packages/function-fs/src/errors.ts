/** Failures of this package. Branch on the class or on `errno`; the message is for the operator. */
import { getSystemErrorName } from 'node:util';

export class FunctionFsError extends Error {
  readonly code = 'FUNCTION_FS';
  /** Symbolic, such as `"ENODEV"`. */
  readonly errno: string;
  readonly syscall: string;

  constructor(
    problem: string,
    details: { errno: string; syscall: string; hint?: string; cause?: unknown },
  ) {
    const { errno, syscall, hint, cause } = details;
    super(`${problem}: ${errno} from ${syscall}${hint === undefined ? '' : `; ${hint}`}`, {
      cause,
    });
    this.name = new.target.name;
    this.errno = errno;
    this.syscall = syscall;
  }
}

export function errnoName(errno: number): string {
  // libuv has no name for this one, with which an endpoint says that its function was disabled.
  return errno === 108 ? 'ESHUTDOWN' : getSystemErrorName(-errno);
}
