/** The kernel's decision about one destination (RTM_GETROUTE, rtnetlink(7)), as `ip route get` shows it. */
import { addressFamily } from './rtnetlink-addresses.ts';
import {
  attributesIn,
  bytesOf,
  encodeRequest,
  littleEndian,
  messagesIn,
  uint32Bytes,
  uint32Of,
} from './netlink-message.ts';

export interface RouteQuery {
  /** 4 or 16 bytes. */
  readonly destination: Uint8Array;
  /** From this address, of the same length; the kernel's choice when absent. */
  readonly source?: Uint8Array | undefined;
  /** By this link only. For IPv4 the kernel then takes any destination for a neighbour, unless `isTableEntry`. */
  readonly linkIndex?: number | undefined;
  /** Firewall mark. */
  readonly mark?: number | undefined;
  /** Show the entry of the routing table that decides, and nothing where there is none. */
  readonly isTableEntry?: boolean | undefined;
}

/** What becomes of a packet (RTN_* of linux/rtnetlink.h). */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'other';

export interface RouteInfo {
  readonly type: RouteType;
  /** The link that a packet leaves by. */
  readonly linkIndex: number | undefined;
  /** The address that a packet leaves from. */
  readonly source: Uint8Array | undefined;
  /** Of the destination in the table; that of a whole address, unless an entry was asked for. */
  readonly prefixLength: number;
  /** The metric: smaller ones are taken first. */
  readonly priority: number;
}

export const routeMessage = { set: 24, removed: 25, get: 26 } as const;

export const routeBytes = 12;
const attributeType = { destination: 1, source: 2, link: 4, priority: 6, preferredSource: 7 };
const markType = 16;
/** RTM_F_FIB_MATCH. */
const tableEntryFlag = 0x2000;

const types: readonly (RouteType | undefined)[] = [
  undefined,
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
];

export function getRouteRequest(query: RouteQuery): Uint8Array {
  const { destination, source, linkIndex, mark, isTableEntry } = query;
  const fixed = new Uint8Array(routeBytes);
  fixed[0] = destination.length === 4 ? addressFamily.ipv4 : addressFamily.ipv6;
  fixed[1] = destination.length * 8;
  fixed[2] = (source?.length ?? 0) * 8;
  const flags = isTableEntry === true ? tableEntryFlag : 0;
  new DataView(fixed.buffer).setUint32(8, flags, littleEndian);
  const attributes = [{ type: attributeType.destination, value: destination }];
  if (source) attributes.push({ type: attributeType.source, value: source });
  if (linkIndex) attributes.push({ type: attributeType.link, value: uint32Bytes(linkIndex) });
  if (mark) attributes.push({ type: markType, value: uint32Bytes(mark) });
  return encodeRequest({ type: routeMessage.get, fixed, attributes });
}

/** The route in an answer to `getRouteRequest`. */
export function parseRoute(answer: Uint8Array): RouteInfo | undefined {
  for (const { type, body } of messagesIn(answer)) {
    if (type !== routeMessage.set || body.byteLength < routeBytes) continue;
    let linkIndex: number | undefined;
    let source: Uint8Array | undefined;
    let priority = 0;
    for (const attribute of attributesIn(body, routeBytes)) {
      if (attribute.type === attributeType.link) linkIndex = uint32Of(attribute.value);
      else if (attribute.type === attributeType.priority) priority = uint32Of(attribute.value) ?? 0;
      else if (attribute.type === attributeType.preferredSource) {
        source = bytesOf(attribute.value).slice();
      }
    }
    return {
      type: types[body.getUint8(7)] ?? 'other',
      linkIndex,
      source,
      prefixLength: body.getUint8(1),
      priority,
    };
  }
  return undefined;
}
