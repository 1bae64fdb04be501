/**
 * Answers echo requests to the router itself (RFC 4443 section 4.2): `ping fe80::1%interface`, and the pings to
 * ff02::1 and ff02::2 that look for routers. Leaves out reassembly: requests are at most one packet long.
 */
import { decodeEcho, encodeEcho } from '../wire/icmpv6-echo.ts';
import type { Icmpv6Message } from '../wire/icmpv6.ts';
import type { HostAction } from './host-action.ts';
import type { Incoming } from './incoming.ts';
import { icmpv6Packet, sendTo } from './router-packet.ts';

/** Throws ParseError. The caller has checked the type and that the source can be answered. */
export function answerEcho(request: Icmpv6Message, incoming: Incoming): HostAction {
  const message = encodeEcho({ ...decodeEcho(request), kind: 'reply' });
  return sendTo(incoming.sourceMac, icmpv6Packet(incoming.source, message));
}
