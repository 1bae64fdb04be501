/**
 * Every failure of this package is a TuntapError: the symbolic errno, the system call, and what to do next.
 * Branch on the class, on `code` or on `errno`; the message is for the operator.
 */
import { getSystemErrorName } from 'node:util';

export type TuntapErrorCode = 'PERMISSION' | 'DEVICE' | 'SOCKET' | 'ADDON';

export interface TuntapErrorDetails {
  /** Symbolic errno such as `"EPERM"`. */
  errno: string;
  /** What failed, for example `"ioctl(TUNSETIFF)"`. */
  syscall: string;
  /** The operator's next step; empty when there is nothing useful to say. */
  hint?: string | undefined;
  cause?: unknown;
}

export abstract class TuntapError extends Error {
  abstract readonly code: TuntapErrorCode;
  readonly errno: string;
  readonly syscall: string;
  readonly hint: string;

  /** `problem` says what could not be done; errno, call and hint are added to it. */
  constructor(problem: string, details: TuntapErrorDetails) {
    const hint = details.hint ?? '';
    super(`${problem}: ${details.errno} from ${details.syscall}${hint && `; ${hint}`}`, {
      cause: details.cause,
    });
    this.name = new.target.name;
    this.errno = details.errno;
    this.syscall = details.syscall;
    this.hint = hint;
  }
}

/** The kernel refused because a capability, an owner or a file mode is missing. */
export class TuntapPermissionError extends TuntapError {
  readonly code = 'PERMISSION';
}

/** The interface or its device node is missing, busy, of the wrong kind, or went away. */
export class TuntapDeviceError extends TuntapError {
  readonly code = 'DEVICE';
}

/** A socket of this package failed (TCP connect, route probe, netlink, AF_UNIX). */
export class SocketError extends TuntapError {
  readonly code = 'SOCKET';
}

/** The compiled addon is missing or unusable. */
export class AddonError extends TuntapError {
  readonly code = 'ADDON';
}

/** Errno values that libuv has no name for. */
const unnamed = new Map([
  [77, 'EBADFD'], // a TUN descriptor whose interface was deleted
  [124, 'EMEDIUMTYPE'], // ours: not an Ethernet interface
]);

/** `"EPERM"` for 1; `"E4711"` for a number without a name. */
export function errnoName(errno: number): string {
  const name = unnamed.get(errno) ?? getSystemErrorName(-errno);
  return /^E[A-Z0-9]+$/.test(name) ? name : `E${errno}`;
}
