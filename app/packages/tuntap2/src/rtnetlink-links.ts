/** Links in rtnetlink (RTM_NEWLINK and its requests, rtnetlink(7)): what they are and what they are built upon. */
import {
  attributesIn,
  bytesOf,
  encodeRequest,
  littleEndian,
  messagesIn,
  requestFlag,
  textOf,
  uint32Bytes,
  uint32Of,
} from './netlink-message.ts';

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
  /** What made it: `bridge`, `vlan`, `veth` …; empty for hardware. */
  kind: string;
  /** Index of the link that it is a port of (bridge, bond, VRF …), in this namespace. */
  master: number | undefined;
  /** Index of the link that it lies on (VLAN, macvlan …) or, for a veth, of the other end. Only in this namespace. */
  lower: number | undefined;
}

export const linkMessage = { set: 16, removed: 17, get: 18 } as const;

const linkBytes = 16;
const attributeType = {
  macAddress: 1,
  name: 3,
  mtu: 4,
  lower: 5,
  master: 10,
  linkInfo: 18,
  extensionMask: 29,
  carrier: 33,
  lowerNamespace: 37,
  alternativeName: 53,
} as const;
/** Inside of `linkInfo`. */
const infoType = { kind: 1, data: 2 } as const;
/** A VXLAN has its lower link in its own attributes: IFLA_VXLAN_LINK. */
const vxlanLowerType = 3;
/** RTEXT_FILTER_SKIP_STATS: the counters would make up most of each link's message. */
const skipStatistics = 1 << 3;

const flagUp = 0x1;
const flagLowerUp = 0x10000;
/** IFNAMSIZ - 1; longer names are alternative ones. */
const maxNameBytes = 15;

/** The body of a link message; undefined for other messages. */
export function parseLink(body: DataView): LinkInfo | undefined {
  // Other families describe bridge ports and the like, in addition to the link itself.
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
    kind: '',
    master: undefined,
    lower: undefined,
  };
  let isLowerElsewhere = false;
  for (const { type, value } of attributesIn(body, linkBytes)) {
    if (type === attributeType.lowerNamespace) isLowerElsewhere = true;
    else applyAttribute(link, type, value);
  }
  // A link that names itself as its lower link has none.
  if (isLowerElsewhere || link.lower === link.index) link.lower = undefined;
  return link.name === '' ? undefined : link;
}

/** The links in an answer to `getLinkRequest` or `listLinksRequest`. */
export function parseLinks(answer: Uint8Array): LinkInfo[] {
  const links: LinkInfo[] = [];
  for (const { type, body } of messagesIn(answer)) {
    const link = type === linkMessage.set ? parseLink(body) : undefined;
    if (link) links.push(link);
  }
  return links;
}

/** RTM_GETLINK for one link. */
export function getLinkRequest(nameOrIndex: string | number): Uint8Array {
  const fixed = new Uint8Array(linkBytes);
  if (typeof nameOrIndex === 'number') {
    new DataView(fixed.buffer).setInt32(4, nameOrIndex, littleEndian);
    return encodeRequest({ type: linkMessage.get, fixed });
  }
  const value = new TextEncoder().encode(`${nameOrIndex}\0`);
  const isLong = value.length - 1 > maxNameBytes;
  const type = isLong ? attributeType.alternativeName : attributeType.name;
  return encodeRequest({ type: linkMessage.get, fixed, attributes: [{ type, value }] });
}

/** RTM_GETLINK for all links. */
export function listLinksRequest(): Uint8Array {
  return encodeRequest({
    type: linkMessage.get,
    flags: requestFlag.dump,
    fixed: new Uint8Array(linkBytes),
    attributes: [{ type: attributeType.extensionMask, value: uint32Bytes(skipStatistics) }],
  });
}

function applyAttribute(link: LinkInfo, type: number, value: DataView): void {
  switch (type) {
    case attributeType.macAddress:
      link.mac = bytesOf(value).slice();
      break;
    case attributeType.name:
      link.name = textOf(value);
      break;
    case attributeType.mtu:
      link.mtu = uint32Of(value) ?? 0;
      break;
    case attributeType.lower:
      link.lower = uint32Of(value) || undefined;
      break;
    case attributeType.master:
      link.master = uint32Of(value) || undefined;
      break;
    case attributeType.linkInfo:
      applyInfo(link, value);
      break;
    case attributeType.carrier:
      if (value.byteLength >= 1) link.carrier = value.getUint8(0) !== 0;
      break;
  }
}

function applyInfo(link: LinkInfo, info: DataView): void {
  let data: DataView | undefined;
  for (const { type, value } of attributesIn(info, 0)) {
    if (type === infoType.kind) link.kind = textOf(value);
    else if (type === infoType.data) data = value;
  }
  if (link.kind !== 'vxlan' || data === undefined) return;
  for (const { type, value } of attributesIn(data, 0)) {
    if (type === vxlanLowerType) link.lower = uint32Of(value) || undefined;
  }
}
