/**
 * Reads rtnetlink messages (rtnetlink(7), netlink(7)) and writes the one request we make. Only what a service needs
 * to notice changes: links in some detail, addresses and routes as "something changed". Unknown messages and
 * attributes are skipped, and so is anything whose lengths do not fit; nothing here throws.
 *
 * Netlink speaks the machine's own byte order.
 */

export interface LinkInfo {
  index: number;
  name: string;
  /** Hardware address; empty on links without one, such as a TUN. */
  mac: Uint8Array;
  mtu: number;
  /** IFF_* of linux/if.h. */
  flags: number;
  /** Administratively up. */
  up: boolean;
  /** The other end is there: cable in, access point joined, TUN opened. */
  carrier: boolean;
}

export type RouteEvent =
  | { kind: 'link'; change: 'set' | 'removed'; link: LinkInfo }
  | { kind: 'address'; change: 'set' | 'removed'; family: 4 | 6; linkIndex: number }
  | { kind: 'route'; change: 'set' | 'removed'; family: 4 | 6 };

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const headerBytes = 16;
const linkBytes = 16;
const addressBytes = 8;
const routeBytes = 12;
const attributeHeaderBytes = 4;

const messageType = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  newRoute: 24,
  delRoute: 25,
} as const;
const attributeType = { macAddress: 1, name: 3, mtu: 4, carrier: 33, alternativeName: 53 } as const;
/** Flag bits NLA_F_NESTED and NLA_F_NET_BYTEORDER share the type field. */
const attributeTypeMask = 0x3fff;

const flagUp = 0x1;
const flagLowerUp = 0x10000;
const flagRequest = 1;
/** IFNAMSIZ - 1; longer names are alternative ones. */
const maxNameBytes = 15;

/** Reads every message in `bytes`, in order. */
export function parseRouteMessages(bytes: Uint8Array): RouteEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: RouteEvent[] = [];
  let offset = 0;
  while (view.byteLength - offset >= headerBytes) {
    const length = view.getUint32(offset, littleEndian);
    if (length < headerBytes || length > view.byteLength - offset) break;
    const type = view.getUint16(offset + 4, littleEndian);
    const body = new DataView(
      view.buffer,
      view.byteOffset + offset + headerBytes,
      length - headerBytes,
    );
    const event = parseMessage(type, body);
    if (event) events.push(event);
    offset += aligned(length);
  }
  return events;
}

/** The link in an answer to `getLinkRequest`. */
export function parseLinkReply(bytes: Uint8Array): LinkInfo | undefined {
  for (const event of parseRouteMessages(bytes)) if (event.kind === 'link') return event.link;
  return undefined;
}

/** RTM_GETLINK for one link. */
export function getLinkRequest(nameOrIndex: string | number): Uint8Array {
  const name = typeof nameOrIndex === 'string' ? new TextEncoder().encode(nameOrIndex) : undefined;
  const attributeBytes = name ? attributeHeaderBytes + name.length + 1 : 0;
  const bytes = new Uint8Array(headerBytes + linkBytes + aligned(attributeBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, littleEndian);
  view.setUint16(4, messageType.getLink, littleEndian);
  view.setUint16(6, flagRequest, littleEndian);
  if (name) {
    const type = name.length > maxNameBytes ? attributeType.alternativeName : attributeType.name;
    view.setUint16(headerBytes + linkBytes, attributeBytes, littleEndian);
    view.setUint16(headerBytes + linkBytes + 2, type, littleEndian);
    bytes.set(name, headerBytes + linkBytes + attributeHeaderBytes);
  } else {
    view.setInt32(headerBytes + 4, nameOrIndex as number, littleEndian);
  }
  return bytes;
}

function parseMessage(type: number, body: DataView): RouteEvent | undefined {
  switch (type) {
    case messageType.newLink:
    case messageType.delLink: {
      const link = parseLink(body);
      return (
        link && { kind: 'link', change: type === messageType.newLink ? 'set' : 'removed', link }
      );
    }
    case messageType.newAddress:
    case messageType.delAddress: {
      const family = body.byteLength < addressBytes ? undefined : familyOf(body);
      if (!family) return undefined;
      const linkIndex = body.getUint32(4, littleEndian);
      const change = type === messageType.newAddress ? 'set' : 'removed';
      return { kind: 'address', change, family, linkIndex };
    }
    case messageType.newRoute:
    case messageType.delRoute: {
      const family = body.byteLength < routeBytes ? undefined : familyOf(body);
      return (
        family && {
          kind: 'route',
          change: type === messageType.newRoute ? 'set' : 'removed',
          family,
        }
      );
    }
    default:
      return undefined;
  }
}

function parseLink(body: DataView): LinkInfo | undefined {
  // Another family is a bridge port or the like, told about in addition to the link itself.
  if (body.byteLength < linkBytes || body.getUint8(0) !== 0) return undefined;
  const flags = body.getUint32(8, littleEndian);
  const link: LinkInfo = {
    index: body.getInt32(4, littleEndian),
    name: '',
    mac: new Uint8Array(0),
    mtu: 0,
    flags,
    up: (flags & flagUp) !== 0,
    carrier: (flags & flagLowerUp) !== 0,
  };
  let offset = linkBytes;
  while (body.byteLength - offset >= attributeHeaderBytes) {
    const length = body.getUint16(offset, littleEndian);
    if (length < attributeHeaderBytes || length > body.byteLength - offset) break;
    const type = body.getUint16(offset + 2, littleEndian) & attributeTypeMask;
    const start = body.byteOffset + offset + attributeHeaderBytes;
    applyAttribute(link, type, new DataView(body.buffer, start, length - attributeHeaderBytes));
    offset += aligned(length);
  }
  return link.name === '' ? undefined : link;
}

function applyAttribute(link: LinkInfo, type: number, value: DataView): void {
  switch (type) {
    case attributeType.macAddress:
      link.mac = bytesOf(value).slice();
      break;
    case attributeType.name:
      link.name = new TextDecoder().decode(bytesOf(value)).replace(/\0.*$/s, '');
      break;
    case attributeType.mtu:
      if (value.byteLength >= 4) link.mtu = value.getUint32(0, littleEndian);
      break;
    case attributeType.carrier:
      if (value.byteLength >= 1) link.carrier = value.getUint8(0) !== 0;
      break;
  }
}

function familyOf(body: DataView): 4 | 6 | undefined {
  const family = body.getUint8(0);
  // AF_INET and AF_INET6 on Linux.
  return family === 2 ? 4 : family === 10 ? 6 : undefined;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
