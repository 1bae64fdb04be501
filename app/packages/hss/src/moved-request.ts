/**
 * The vendor request on endpoint 0 with which a host says that its network has changed: what connects now may begin
 * elsewhere than what is connected (docs/protocol/psock-window.md). For cards that have a window only; one that does
 * not support it stalls it, without further effect.
 */
import { readUint32, writeUint16, writeUint32 } from './header.ts';
import type { ControlSetup } from './window-request.ts';

/** bmRequestType: device to host, vendor, interface. The card acknowledges by answering. */
export const movedRequestType = 0xc1;
/** bRequest: "M". */
export const movedRequestNumber = 0x4d;
export const movedReplyLength = 8;

const magic = 0x31535348; // "HSS1", little-endian
const version = 1;

export function isMovedRequest(setup: ControlSetup): boolean {
  return (
    setup.requestType === movedRequestType &&
    setup.request === movedRequestNumber &&
    setup.length >= movedReplyLength
  );
}

export function encodeMovedReply(): Uint8Array {
  const bytes = new Uint8Array(movedReplyLength);
  writeUint32(bytes, 0, magic);
  writeUint16(bytes, 4, version);
  return bytes;
}

/** True if this is a card's acknowledgement. Later versions may append to it. */
export function isMovedReply(bytes: Uint8Array): boolean {
  return bytes.length >= movedReplyLength && readUint32(bytes, 0) === magic;
}
