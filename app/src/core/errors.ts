/**
 * The four kinds of error. Callers branch on the class and on `code`, never on the text of a message;
 * the text is for the operator and says what to do next.
 */

/** Common to all: a stable, documented code beside the text. */
export abstract class EnfError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Outside input that is not what its format says: drop it, count it, go on. */
export class ParseError extends EnfError {
  readonly code = 'PARSE';
  /** What was being read, for example `"DHCPv6 IA_NA option"`. */
  readonly what: string;
  /** Offset of the first unusable byte or character from the start of `what`'s input. */
  readonly offset: number;

  constructor(what: string, offset: number, problem: string, options?: ErrorOptions) {
    // Where in our code is of no interest, and finding out costs more than the parsing did: a host can send rubbish at
    // line rate.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${what}, offset ${offset}: ${problem}`, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.what = what;
    this.offset = offset;
  }
}

export interface EnvironmentErrorDetails {
  /** Symbolic errno such as `"ECONNREFUSED"`, or a name of our own such as `"ETLS"`. */
  errno: string;
  /** System call or operation that failed, for example `"connect"`. */
  syscall: string;
  cause?: unknown;
}

/** The world is not as we need it (network, files, permissions): expected, printed without a stack, retried. */
export class EnvironmentError extends EnfError {
  readonly code = 'ENVIRONMENT';
  readonly errno: string;
  readonly syscall: string;

  constructor(message: string, details: EnvironmentErrorDetails) {
    super(message, { cause: details.cause });
    this.errno = details.errno;
    this.syscall = details.syscall;
  }
}

export interface ConfigErrorDetails {
  file: string;
  /** 1-based; absent when the error is not at one place of the file. */
  line?: number;
  key?: string;
  expected?: string;
  found?: string;
  cause?: unknown;
}

/** The operator asked for something that cannot be: said once, then exit status 78. */
export class ConfigError extends EnfError {
  readonly code = 'CONFIG';
  readonly details: ConfigErrorDetails;

  constructor(problem: string, details: ConfigErrorDetails) {
    const place = details.line === undefined ? details.file : `${details.file}:${details.line}`;
    const key = details.key === undefined ? '' : `${details.key}: `;
    const expected = details.expected === undefined ? '' : `; expected ${details.expected}`;
    const found = details.found === undefined ? '' : `, found ${details.found}`;
    super(`${place}: ${key}${problem}${expected}${found}`, { cause: details.cause });
    this.details = details;
  }
}

/** A broken invariant of ours: the service ends and the watchdog starts it again. */
export class InternalError extends EnfError {
  readonly code = 'INTERNAL';
}
