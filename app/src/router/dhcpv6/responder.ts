/**
 * The DHCPv6 server on the link: which datagrams are for it, and how its replies travel (RFC 8415 sections 7 and 18.3).
 *
 * Only what is sent to the group of all servers is read. We never offer Server Unicast, so a message to fe80::1 itself
 * is one that a client must not send, and section 16 has it discarded.
 */
import { addressEquals, allDhcpServers, isLinkLocal } from '../../wire/ipv6-address.ts';
import {
  decodeDhcpv6Message,
  dhcpv6ClientPort,
  dhcpv6MessageType,
  dhcpv6ServerPort,
  encodeDhcpv6Message,
  type Dhcpv6Message,
} from '../../wire/dhcpv6/dhcpv6-message.ts';
import type { UdpDatagram } from '../../wire/udp.ts';
import type { RouterAction } from '../router-action.ts';
import type { RouterCounters } from '../router-counters.ts';
import { isAnswerable, type Incoming } from '../incoming.ts';
import { sendTo, udpPacket } from '../router-packet.ts';
import { associationsOf, lists } from './identity-associations.ts';
import { answerDhcpv6 } from './server.ts';
import type { Dhcpv6ServerState } from './server-state.ts';

/** As the C system sent it; a client on the link sees no difference. */
const hopLimit = 255;

export class Dhcpv6Responder {
  readonly #state: Dhcpv6ServerState;
  readonly #counters: RouterCounters;

  constructor(state: Dhcpv6ServerState, counters: RouterCounters) {
    this.#state = {
      ...state,
      address: state.address.slice(),
      formerAddresses: state.formerAddresses.map((former) => former.slice()),
      duid: state.duid.slice(),
    };
    this.#counters = counters;
  }

  /** A datagram to the server's port. Undefined: it was not a valid request. Throws ParseError. */
  answer(datagram: UdpDatagram, incoming: Incoming): RouterAction | undefined {
    if (!this.#isFromHost(incoming)) return this.#discard();
    const request = decodeDhcpv6Message(datagram.payload);
    const reply = answerDhcpv6(request, this.#state);
    if (reply === undefined) return this.#discard();
    this.#counters.dhcpv6Messages += 1;
    this.#counters.dhcpv6Replies += 1;
    if (this.#isDecline(request)) this.#counters.addressDeclined += 1;
    const packet = udpPacket(incoming.source, hopLimit, {
      sourcePort: dhcpv6ServerPort,
      destinationPort: dhcpv6ClientPort,
      payload: encodeDhcpv6Message(reply),
    });
    return sendTo(incoming.sourceMac, packet);
  }

  /** From an address that the host can have on this link, to the group of all servers. */
  #isFromHost({ source, destination }: Incoming): boolean {
    const isLocal = isLinkLocal(source) && isAnswerable(source);
    const { address, formerAddresses } = this.#state;
    const isLeased = [address, ...formerAddresses].some((one) => addressEquals(source, 0, one));
    return (isLocal || isLeased) && addressEquals(destination, 0, allDhcpServers);
  }

  #isDecline(request: Dhcpv6Message): boolean {
    if (request.type !== dhcpv6MessageType.decline) return false;
    return associationsOf(request).some((ia) => lists(ia, this.#state.address));
  }

  #discard(): undefined {
    this.#counters.dhcpv6Discarded += 1;
  }
}
