/**
 * The vendor request on endpoint 0 with which a host grants its card a window (docs/protocol/psock-window.md). One IN
 * request does all: it ends whatever was before, says what the host takes, and returns what the card takes.
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from './header.ts';

/** bmRequestType: device to host, vendor, interface. */
export const windowRequestType = 0xc1;
/** bRequest: "W". */
export const windowRequestNumber = 0x57;
export const windowReplyLength = 16;

const magic = 0x31535348; // "HSS1", little-endian
const version = 1;

/** wValue counts these. */
const windowUnit = 1024;

export interface ControlSetup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  readonly length: number;
}

export interface WindowReply {
  /** Unacknowledged bytes per socket that the card takes. */
  readonly windowBytes: number;
  /** Different for each session of a card, for logs. */
  readonly session: number;
}

/** wValue for a window; between 1 KiB and 63 MiB. */
export function windowValue(windowBytes: number): number {
  return Math.max(1, Math.min(0xffff, Math.floor(windowBytes / windowUnit)));
}

/** The host's window in bytes; undefined when the request is another one. */
export function windowOfRequest(setup: ControlSetup): number | undefined {
  const isOurs =
    setup.requestType === windowRequestType &&
    setup.request === windowRequestNumber &&
    setup.length >= windowReplyLength &&
    setup.value > 0;
  return isOurs ? setup.value * windowUnit : undefined;
}

export function encodeWindowReply({ windowBytes, session }: WindowReply): Uint8Array {
  const bytes = new Uint8Array(windowReplyLength);
  writeUint32(bytes, 0, magic);
  writeUint16(bytes, 4, version);
  writeUint32(bytes, 8, windowBytes);
  writeUint32(bytes, 12, session);
  return bytes;
}

/** Undefined when the card is not one of ours. A later version only adds. */
export function decodeWindowReply(bytes: Uint8Array): WindowReply | undefined {
  if (bytes.length < windowReplyLength || readUint32(bytes, 0) !== magic) return undefined;
  if (readUint16(bytes, 4) < version || readUint32(bytes, 8) === 0) return undefined;
  return { windowBytes: readUint32(bytes, 8), session: readUint32(bytes, 12) };
}
