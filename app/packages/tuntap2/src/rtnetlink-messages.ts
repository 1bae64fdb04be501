/**
 * Reads rtnetlink messages (rtnetlink(7)) that report a change. Only what a service needs to notice changes: links in
 * some detail, addresses and routes as "something changed". Unknown messages and attributes are skipped, and so is
 * anything whose lengths do not fit; nothing here throws.
 */
import { littleEndian, messagesIn } from './netlink-message.ts';
import { addressBytes, addressFamily, addressMessage } from './rtnetlink-addresses.ts';
import { linkMessage, parseLink, type LinkInfo } from './rtnetlink-links.ts';
import { routeBytes, routeMessage } from './rtnetlink-routes.ts';

export type RouteEvent =
  | { kind: 'link'; change: 'set' | 'removed'; link: LinkInfo }
  | { kind: 'address'; change: 'set' | 'removed'; family: 4 | 6; linkIndex: number }
  | { kind: 'route'; change: 'set' | 'removed'; family: 4 | 6 };

/** Reads every message in `bytes`, in order. */
export function parseRouteMessages(bytes: Uint8Array): RouteEvent[] {
  const events: RouteEvent[] = [];
  for (const { type, body } of messagesIn(bytes)) {
    const event = parseMessage(type, body);
    if (event) events.push(event);
  }
  return events;
}

function parseMessage(type: number, body: DataView): RouteEvent | undefined {
  switch (type) {
    case linkMessage.set:
    case linkMessage.removed: {
      const link = parseLink(body);
      return link && { kind: 'link', change: type === linkMessage.set ? 'set' : 'removed', link };
    }
    case addressMessage.set:
    case addressMessage.removed: {
      const family = body.byteLength < addressBytes ? undefined : familyOf(body);
      if (!family) return undefined;
      const linkIndex = body.getUint32(4, littleEndian);
      const change = type === addressMessage.set ? 'set' : 'removed';
      return { kind: 'address', change, family, linkIndex };
    }
    case routeMessage.set:
    case routeMessage.removed: {
      const family = body.byteLength < routeBytes ? undefined : familyOf(body);
      const change = type === routeMessage.set ? 'set' : 'removed';
      return family && { kind: 'route', change, family };
    }
    default:
      return undefined;
  }
}

function familyOf(body: DataView): 4 | 6 | undefined {
  const family = body.getUint8(0);
  if (family === addressFamily.ipv4) return 4;
  return family === addressFamily.ipv6 ? 6 : undefined;
}
