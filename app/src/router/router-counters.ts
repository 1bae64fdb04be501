/**
 * What the router did and what it refused, one number per reason. They only grow; the service shows them in its
 * status. Names say the reason, so that a person can read them without this file.
 */
export interface RouterCounters {
  // Taken in and acted upon.
  routerSolicitations: number;
  neighbourSolicitations: number;
  dhcpv6Messages: number;
  echoRequests: number;
  /** Halves of echo requests that wait for the other. */
  echoFragments: number;
  hostMacLearned: number;
  /** Another station asked while a host is known: answered, and the traffic stayed with the host. */
  hostMacContested: number;
  /** The known host answered that it is still there. */
  hostConfirmed: number;

  // Sent.
  routerAdvertisements: number;
  neighbourAdvertisements: number;
  dhcpv6Replies: number;
  echoReplies: number;
  packetTooBigSent: number;
  unreachableSent: number;
  parameterProblemSent: number;
  /** Solicitations to the known host, to learn whether it is still there. */
  hostProbes: number;

  // Dropped: usual traffic of a host that has no place here.
  multicastListener: number;
  neighbourForOthers: number;
  mdns: number;
  llmnr: number;
  ipv4: number;
  arp: number;
  otherEtherType: number;
  otherIcmpv6: number;
  otherProtocol: number;
  /** To an address or a group of the link that is not the router's. */
  otherDestination: number;

  // Dropped: not what its format says, or not allowed.
  malformed: number;
  fragmentedControl: number;
  /** With an option that the receiver must support, or a routing header that is not at its end. */
  unknownOptions: number;
  unusableSource: number;
  fromOwnMac: number;
  /** From the MAC address of a group, or from none. */
  fromGroupMac: number;
  dhcpv6Discarded: number;
  /** Source link-layer address option unlike the frame's source, or not a unicast address: answered, not learned. */
  hostMacRefused: number;
  /** The host reported that another station uses its address (DHCPv6 DECLINE). */
  addressDeclined: number;
  /** Errors not sent because of the rate limit. */
  errorsSuppressed: number;
}

export function createRouterCounters(): RouterCounters {
  return {
    routerSolicitations: 0,
    neighbourSolicitations: 0,
    dhcpv6Messages: 0,
    echoRequests: 0,
    echoFragments: 0,
    hostMacLearned: 0,
    hostMacContested: 0,
    hostConfirmed: 0,
    routerAdvertisements: 0,
    neighbourAdvertisements: 0,
    dhcpv6Replies: 0,
    echoReplies: 0,
    packetTooBigSent: 0,
    unreachableSent: 0,
    parameterProblemSent: 0,
    hostProbes: 0,
    multicastListener: 0,
    neighbourForOthers: 0,
    mdns: 0,
    llmnr: 0,
    ipv4: 0,
    arp: 0,
    otherEtherType: 0,
    otherIcmpv6: 0,
    otherProtocol: 0,
    otherDestination: 0,
    malformed: 0,
    fragmentedControl: 0,
    unknownOptions: 0,
    unusableSource: 0,
    fromOwnMac: 0,
    fromGroupMac: 0,
    dhcpv6Discarded: 0,
    hostMacRefused: 0,
    addressDeclined: 0,
    errorsSuppressed: 0,
  };
}
