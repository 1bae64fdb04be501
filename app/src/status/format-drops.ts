/**
 * Dropped packets and the reasons, without the counters at zero. Usual traffic of hosts that has no place in the tunnel
 * (mDNS, listener reports, ARP) does not indicate a fault, and is only in the status for programs.
 */
import type { TrafficStatus } from './status-document.ts';

export interface Drop {
  readonly count: number;
  readonly reason: string;
}

type OutboundDrop = Exclude<keyof TrafficStatus['egress'], 'passed' | 'control' | 'marked'>;
type InboundDrop = Exclude<keyof TrafficStatus['ingress'], 'passed' | 'empty' | 'heartbeatReply'>;

const fromHost: Record<OutboundDrop, string> = {
  withoutTunnel: 'while there was no tunnel',
  queueFull: 'faster than the uplink or the service',
  notReceived: 'faster than the service, refused before it was received',
  wrongSource: "source is not the host's address in the ENF",
  tooBig: 'longer than 1280 bytes; answered with Packet Too Big',
  badDestination: "destination ::, ::1 or the host's own address",
  ipv4: 'IPv4, which the ENF does not carry',
  malformed: 'not a whole IP packet',
};

const frames: Record<Exclude<keyof TrafficStatus['frames'], 'refusedByKernel'>, string> = {
  malformed: 'frames that were cut short, or not IP',
  notForUs: 'frames for another station',
  controlOverflow: 'frames for the router, faster than it reads them',
};

const fromEnf: Record<InboundDrop, string> = {
  wrongDestination: 'for another address',
  forbiddenSource: 'source that is valid on a single link only',
  linkMessage: "a message that only the host's neighbours may send",
  dhcpv6: 'DHCPv6 from outside',
  ipv4: 'IPv4, not allowed',
  malformed: 'not a whole IP packet, or hidden behind headers',
};

/** Of what the host sent to its router; the rest of those counters was answered, or is usual. */
const toRouter: Partial<Record<keyof TrafficStatus['router'], string>> = {
  malformed: 'messages that are not what their format says',
  fragmentedControl: 'fragmented messages to the router',
  unknownOptions: 'messages with unknown options',
  unusableSource: 'messages without a usable source address',
  fromOwnMac: "frames with the card's own MAC address",
  fromGroupMac: "frames from a group's MAC address",
  dhcpv6Discarded: 'DHCPv6 messages that were not for this server',
  hostMacRefused: 'MAC addresses that did not fit their frame',
  addressDeclined: 'the host reported that its address is used twice',
  errorsSuppressed: 'error messages above their rate',
};

export function dropsFromHost({ egress, frames: dropped }: TrafficStatus): Drop[] {
  return [...worded(fromHost, egress), ...worded(frames, dropped)];
}

export function dropsFromEnf({ ingress }: TrafficStatus): Drop[] {
  return worded(fromEnf, ingress);
}

export function dropsByRouter({ router }: TrafficStatus): Drop[] {
  return worded(toRouter, router);
}

function worded<Name extends string>(
  reasons: Partial<Record<Name, string>>,
  counters: Readonly<Record<Name, number>>,
): Drop[] {
  // The keys of a record that is written down above.
  const names = Object.keys(reasons) as Name[];
  return names.flatMap((name) => {
    const reason = reasons[name];
    const count = counters[name];
    return reason === undefined || !(count > 0) ? [] : [{ count, reason }];
  });
}
