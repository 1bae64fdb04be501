/**
 * Every failure of this package is a TpmError. Branch on the class or on `code`; the message is for the operator and
 * ends with what to do next.
 */
import { decodeResponseCode, type ResponseCode } from './response-code.ts';

export type TpmErrorCode =
  | 'RESPONSE'
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'QUEUE_FULL'
  | 'CLOSED'
  | 'FORMAT'
  | 'SALT_KEY'
  | 'ADDON';

export abstract class TpmError extends Error {
  abstract readonly code: TpmErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The TPM, or the library in front of it, answered with a response code other than success. */
export class TpmResponseError extends TpmError {
  readonly code = 'RESPONSE';
  readonly responseCode: ResponseCode;
  /** As the specification names it, for example `"TPM2_Sign"`. */
  readonly command: string;

  constructor(command: string, code: number) {
    const decoded = decodeResponseCode(code);
    super(`${command} failed: ${decoded.text}${decoded.hint && `; ${decoded.hint}`}`);
    this.responseCode = decoded;
    this.command = command;
  }
}

/** There is no TPM behind the TCTI, or the connection to it broke. */
export class TpmConnectionError extends TpmError {
  readonly code = 'CONNECTION';
}

/** The time limit passed. `wasSent` is false if the TPM never received the command. */
export class TpmTimeoutError extends TpmError {
  readonly code = 'TIMEOUT';
  readonly wasSent: boolean;

  constructor(message: string, wasSent: boolean) {
    super(message);
    this.wasSent = wasSent;
  }
}

/** The signal was aborted; `cause` is its reason. `wasSent` is false if the TPM never received the command. */
export class TpmCancelledError extends TpmError {
  readonly code = 'CANCELLED';
  readonly wasSent: boolean;

  constructor(message: string, wasSent: boolean, reason: unknown) {
    super(message, { cause: reason });
    this.wasSent = wasSent;
  }
}

/** More commands wait than `maxQueued` allows. */
export class TpmQueueFullError extends TpmError {
  readonly code = 'QUEUE_FULL';
}

/** The connection, the object or the session has been closed by this program. */
export class TpmClosedError extends TpmError {
  readonly code = 'CLOSED';
}

/** Bytes that are not what the specification says; or a value that does not fit its field, which has no offset. */
export class TpmFormatError extends TpmError {
  readonly code = 'FORMAT';
  readonly offset: number | undefined;

  constructor(what: string, offset?: number) {
    super(offset === undefined ? what : `${what} at byte ${offset}`);
    this.offset = offset;
  }
}

/** The key that a session would be encrypted to is not the one that the caller named: do not trust the bus. */
export class TpmSaltKeyError extends TpmError {
  readonly code = 'SALT_KEY';
}

/** The compiled addon is missing or unusable. */
export class TpmAddonError extends TpmError {
  readonly code = 'ADDON';
}
