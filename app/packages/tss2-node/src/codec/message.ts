/**
 * Commands and responses as a whole (TPM 2.0 Library part 1, 18): header, handles, password authorizations and
 * parameters.
 */
import { passwordSession } from '../constants.ts';
import { TpmFormatError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { encodeBytes } from './byte-writer.ts';

/** TPM_ST_NO_SESSIONS. */
const noSessions = 0x8001;
/** TPM_ST_SESSIONS. */
const withSessions = 0x8002;
/** TPM_ST_RSP_COMMAND: what a TPM answers to a command with an unknown tag. */
const badTagResponse = 0x00c4;
const headerBytes = 10;
/** TPMS_AUTH_COMMAND with an empty nonce and without its authorization value. */
const passwordBytes = 9;

export interface CommandParts {
  readonly code: number;
  readonly handles: readonly number[];
  /** One authorization value for each handle that needs one, in their order. */
  readonly auths: readonly Uint8Array[];
  readonly parameters: Uint8Array;
}

export interface ResponseParts {
  readonly code: number;
  readonly handle: number | undefined;
  readonly parameters: Uint8Array;
}

/** A command whose authorizations are passwords: in clear, as they are on the way to a TPM without a session. */
export function encodeCommand({ code, handles, auths, parameters }: CommandParts): Uint8Array {
  const authBytes = auths.reduce((sum, auth) => sum + passwordBytes + auth.length, 0);
  const size =
    headerBytes + 4 * handles.length + (auths.length && 4 + authBytes) + parameters.length;
  return encodeBytes((writer) => {
    writer.writeUint16(auths.length > 0 ? withSessions : noSessions);
    writer.writeUint32(size).writeUint32(code);
    for (const handle of handles) writer.writeUint32(handle);
    if (auths.length > 0) writer.writeUint32(authBytes);
    for (const auth of auths) {
      // No nonce, and no attributes: a password has no session that could go on.
      writer.writeUint32(passwordSession).writeUint16(0).writeUint8(0).writeSized(auth);
    }
    writer.writeBytes(parameters);
  });
}

/** Only the code; throws a TpmFormatError for what is not a response. */
export function readResponseCode(response: Uint8Array): number {
  const reader = new ByteReader(response);
  const tag = reader.readUint16();
  if (tag !== noSessions && tag !== withSessions && tag !== badTagResponse) {
    throw new TpmFormatError(`a response begins with the tag 0x${tag.toString(16)}`, 0);
  }
  const size = reader.readUint32();
  if (size !== response.length) {
    throw new TpmFormatError(`a response of ${response.length} bytes claims to have ${size}`, 2);
  }
  const code = reader.readUint32();
  if (code === 0 && tag === badTagResponse) {
    throw new TpmFormatError('a response reports success with the tag of an error', 0);
  }
  return code;
}

/** Handle and parameters of a successful response; of another, only the code. */
export function decodeResponse(response: Uint8Array, hasHandle: boolean): ResponseParts {
  const code = readResponseCode(response);
  if (code !== 0) return { code, handle: undefined, parameters: new Uint8Array() };
  const reader = new ByteReader(response);
  const tag = reader.readUint16();
  reader.readBytes(headerBytes - 2);
  const handle = hasHandle ? reader.readUint32() : undefined;
  // The authorization area at the end says nothing when the authorizations are passwords.
  const length = tag === withSessions ? reader.readUint32() : reader.remaining;
  return { code, handle, parameters: reader.readBytes(length) };
}
