/**
 * Every failure of this package is a GadgetError. Branch on the class or on `code`; the message is for the
 * operator and ends with the next step.
 */

export type GadgetErrorCode =
  'DEFINITION' | 'EXISTS' | 'PERMISSION' | 'UNSUPPORTED' | 'CONTROLLER' | 'MOUNT' | 'KERNEL';

export abstract class GadgetError extends Error {
  abstract readonly code: GadgetErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What was asked for cannot be a USB device, or no kernel would take it. */
export class GadgetDefinitionError extends GadgetError {
  readonly code = 'DEFINITION';
  /** One sentence each, never empty. */
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(`${what}: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

export interface SystemFailure {
  /** Symbolic errno such as `"EBUSY"`. */
  errno: string;
  /** What failed, for example `"mkdir"`. */
  syscall: string;
  path: string;
  /** The operator's next step; empty when there is nothing useful to say. */
  hint?: string | undefined;
  cause?: unknown;
}

/** The kernel refused. */
export abstract class GadgetSystemError extends GadgetError {
  readonly errno: string;
  readonly syscall: string;
  readonly path: string;
  readonly hint: string;

  /** `problem` says what could not be done; errno, call, path and hint are added to it. */
  constructor(problem: string, failure: SystemFailure) {
    const hint = failure.hint ?? '';
    super(
      `${problem}: ${failure.errno} from ${failure.syscall} of ${failure.path}${hint && `; ${hint}`}`,
      { cause: failure.cause },
    );
    this.errno = failure.errno;
    this.syscall = failure.syscall;
    this.path = failure.path;
    this.hint = hint;
  }
}

/** A gadget of this name is there already. */
export class GadgetExistsError extends GadgetSystemError {
  readonly code = 'EXISTS';
}

/** This user may not do it. */
export class GadgetPermissionError extends GadgetSystemError {
  readonly code = 'PERMISSION';
}

/** configfs is not mounted, or the kernel or a module of it lacks what was asked for. */
export class GadgetUnsupportedError extends GadgetSystemError {
  readonly code = 'UNSUPPORTED';
}

/** Any other refusal. */
export class GadgetKernelError extends GadgetSystemError {
  readonly code = 'KERNEL';
}

/** There is no USB device controller, not the one that was named, or it is in use. */
export class ControllerError extends GadgetError {
  readonly code = 'CONTROLLER';
}

/** mount or umount of a FunctionFS failed. */
export class FunctionFsMountError extends GadgetError {
  readonly code = 'MOUNT';
}
