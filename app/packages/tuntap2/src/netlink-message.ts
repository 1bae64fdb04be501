/**
 * The common form of netlink messages (netlink(7)): a header of 16 bytes, a body that begins with a structure of the
 * message's type, and attributes behind that. Reading skips whatever has lengths that do not fit, and never throws.
 *
 * Netlink speaks the machine's own byte order.
 */

export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const headerBytes = 16;
const attributeHeaderBytes = 4;
/** Flag bits NLA_F_NESTED and NLA_F_NET_BYTEORDER share the type field. */
const attributeTypeMask = 0x3fff;

/** NLM_F_* of linux/netlink.h. */
export const requestFlag = { request: 0x1, dump: 0x300 } as const;

export interface NetlinkMessage {
  readonly type: number;
  /** Everything behind the header. */
  readonly body: DataView;
}

export interface NetlinkAttribute {
  readonly type: number;
  readonly value: DataView;
}

/** Every whole message in `bytes`, in order. */
export function* messagesIn(bytes: Uint8Array): Generator<NetlinkMessage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (view.byteLength - offset >= headerBytes) {
    const length = view.getUint32(offset, littleEndian);
    if (length < headerBytes || length > view.byteLength - offset) return;
    const type = view.getUint16(offset + 4, littleEndian);
    yield { type, body: part(view, offset + headerBytes, length - headerBytes) };
    offset += aligned(length);
  }
}

/** The attributes from `start` on, up to the first whose length does not fit. */
export function* attributesIn(body: DataView, start: number): Generator<NetlinkAttribute> {
  let offset = start;
  while (body.byteLength - offset >= attributeHeaderBytes) {
    const length = body.getUint16(offset, littleEndian);
    if (length < attributeHeaderBytes || length > body.byteLength - offset) return;
    const type = body.getUint16(offset + 2, littleEndian) & attributeTypeMask;
    yield { type, value: part(body, offset + attributeHeaderBytes, length - attributeHeaderBytes) };
    offset += aligned(length);
  }
}

/** A 32-bit value; undefined when there are fewer bytes. */
export function uint32Of(value: DataView): number | undefined {
  return value.byteLength >= 4 ? value.getUint32(0, littleEndian) : undefined;
}

export function textOf(value: DataView): string {
  return new TextDecoder().decode(bytesOf(value)).replace(/\0.*$/s, '');
}

/** A view, not a copy. */
export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

export interface NetlinkRequest {
  readonly type: number;
  /** Sum of `requestFlag` bits besides `request`. */
  readonly flags?: number;
  /** The structure that the message's type begins with. */
  readonly fixed: Uint8Array;
  readonly attributes?: readonly { readonly type: number; readonly value: Uint8Array }[];
}

export function encodeRequest({
  type,
  flags = 0,
  fixed,
  attributes = [],
}: NetlinkRequest): Uint8Array {
  const size = attributes.reduce(
    (sum, { value }) => sum + aligned(attributeHeaderBytes + value.length),
    headerBytes + aligned(fixed.length),
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size, littleEndian);
  view.setUint16(4, type, littleEndian);
  view.setUint16(6, requestFlag.request | flags, littleEndian);
  bytes.set(fixed, headerBytes);
  let offset = headerBytes + aligned(fixed.length);
  for (const attribute of attributes) {
    const length = attributeHeaderBytes + attribute.value.length;
    view.setUint16(offset, length, littleEndian);
    view.setUint16(offset + 2, attribute.type, littleEndian);
    bytes.set(attribute.value, offset + attributeHeaderBytes);
    offset += aligned(length);
  }
  return bytes;
}

/** The bytes of an attribute's 32-bit value. */
export function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

function part(view: DataView, offset: number, length: number): DataView {
  return new DataView(view.buffer, view.byteOffset + offset, length);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
