/**
 * Decides for every packet where it goes. A client may only send from its own address; packets go to the client that
 * owns the destination, else out to the TUN or the built-in echo. Neighbouring frames for one output are handed over
 * as one run: no allocation and no call per packet. Packets are not changed on their way (the overlay counts as one
 * hop). Leaves out: ICMPv6 errors of the router's own.
 */
import { frameHeaderLength, maxFramePayload, nextFrame } from '../../wire/frame-stream.ts';
import {
  addressEquals,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  routerAddress,
} from '../../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6SourceOffset,
  ipVersion,
  isWholeIpv6,
} from '../../wire/ipv6.ts';
import type { AddressTable } from './address-table.ts';
import type { ClientSession } from './client-session.ts';
import { answerEchoRequest, answerEchoRequest4, returnDatagram } from './echo.ts';
import type { OutputQueue, Source } from './output-queue.ts';

/** What lies behind the router: an output, a network in which every address answers, or nothing. */
export type Beyond = OutputQueue | 'echo' | undefined;

/** Every frame is counted in exactly one of these. A packet for a full queue counts here and at the output. */
export interface ForwardCounters {
  clientToClient: number;
  clientToBeyond: number;
  beyondToClient: number;
  /** Echo requests to fe80::1, the clients' heartbeat. */
  heartbeats: number;
  /** Frames of length 0. */
  empty: number;
  /** From a client, source address not its own. */
  spoofed: number;
  /** Neither IPv6 nor, with the built-in echo, an IPv4 ping; or a length that contradicts the frame's. */
  malformed: number;
  ipv4: number;
  /** No such client, no way out, nothing the built-in echo answers, or an address that is never routed. */
  unroutable: number;
  /** Longer than a client must accept. */
  tooLong: number;
  /** Lost on purpose. */
  misbehaved: number;
}

export class Forwarder {
  readonly counters: ForwardCounters = {
    clientToClient: 0,
    clientToBeyond: 0,
    beyondToClient: 0,
    heartbeats: 0,
    empty: 0,
    spoofed: 0,
    malformed: 0,
    ipv4: 0,
    unroutable: 0,
    tooLong: 0,
    misbehaved: 0,
  };
  readonly #clients: AddressTable<ClientSession>;
  readonly #beyond: Beyond;

  constructor(clients: AddressTable<ClientSession>, beyond: Beyond) {
    this.#clients = clients;
    this.#beyond = beyond;
  }

  /** Whole frames that a client sent. Requests to be answered are changed in place. */
  fromClient(session: ClientSession, buf: Uint8Array, off: number, end: number): void {
    let run = off;
    let output: OutputQueue | undefined;
    for (let at = off; at < end;) {
      const next = nextFrame(buf, at);
      const target = this.#routeFromClient(session, buf, at + frameHeaderLength, next);
      if (target !== output) {
        output?.send(buf, run, at, session.source);
        output = target;
        run = at;
      }
      at = next;
    }
    output?.send(buf, run, end, session.source);
  }

  /** Whole frames from the TUN. */
  fromBeyond(source: Source, buf: Uint8Array, off: number, end: number): void {
    let run = off;
    let output: OutputQueue | undefined;
    for (let at = off; at < end;) {
      const next = nextFrame(buf, at);
      const target = this.#routeFromBeyond(buf, at + frameHeaderLength, next);
      if (target !== output) {
        output?.send(buf, run, at, source);
        output = target;
        run = at;
      }
      at = next;
    }
    output?.send(buf, run, end, source);
  }

  #routeFromClient(
    session: ClientSession,
    buf: Uint8Array,
    packet: number,
    end: number,
  ): OutputQueue | undefined {
    const { counters } = this;
    if (session.faults.losesUp()) {
      counters.misbehaved++;
      return undefined;
    }
    if (packet === end) {
      counters.empty++;
      return undefined;
    }
    if (!isWholeIpv6(buf, packet, end)) return this.#routeOther(session, buf, packet, end);
    if (!addressEquals(buf, packet + ipv6SourceOffset, session.address)) {
      counters.spoofed++;
      return undefined;
    }
    const destination = packet + ipv6DestinationOffset;
    if (isNeverRouted(buf, destination)) return this.#answerOwn(session, buf, packet, end);
    const client = this.#clients.find(buf, destination);
    if (client === undefined) return this.#sendBeyond(session, buf, packet, end);
    return this.#deliver(client, 'clientToClient', packet, end);
  }

  #routeFromBeyond(buf: Uint8Array, packet: number, end: number): OutputQueue | undefined {
    const { counters } = this;
    if (!isWholeIpv6(buf, packet, end)) {
      counters[packet < end && ipVersion(buf, packet) === 4 ? 'ipv4' : 'malformed']++;
      return undefined;
    }
    const client = this.#clients.find(buf, packet + ipv6DestinationOffset);
    if (client === undefined) {
      counters.unroutable++;
      return undefined;
    }
    return this.#deliver(client, 'beyondToClient', packet, end);
  }

  #deliver(
    client: ClientSession,
    counter: keyof ForwardCounters,
    packet: number,
    end: number,
  ): OutputQueue | undefined {
    if (end - packet > maxFramePayload) {
      this.counters.tooLong++;
      return undefined;
    }
    return this.#toClient(client, counter);
  }

  #toClient(client: ClientSession, counter: keyof ForwardCounters): OutputQueue | undefined {
    if (client.faults.losesDown()) {
      this.counters.misbehaved++;
      return undefined;
    }
    this.counters[counter]++;
    return client;
  }

  #sendBeyond(
    session: ClientSession,
    buf: Uint8Array,
    packet: number,
    end: number,
  ): OutputQueue | undefined {
    const beyond = this.#beyond;
    if (beyond === 'echo') {
      if (answerEchoRequest(buf, packet, end) || returnDatagram(buf, packet, end)) {
        return this.#toClient(session, 'clientToBeyond');
      }
    } else if (beyond !== undefined) {
      this.counters.clientToBeyond++;
      return beyond;
    }
    this.counters.unroutable++;
    return undefined;
  }

  /** To an address of the client's own link: only the router's is anybody's. */
  #answerOwn(
    session: ClientSession,
    buf: Uint8Array,
    packet: number,
    end: number,
  ): OutputQueue | undefined {
    const destination = packet + ipv6DestinationOffset;
    if (!addressEquals(buf, destination, routerAddress) || !answerEchoRequest(buf, packet, end)) {
      this.counters.unroutable++;
      return undefined;
    }
    if (session.faults.ignoresHeartbeats) {
      this.counters.misbehaved++;
      return undefined;
    }
    return this.#toClient(session, 'heartbeats');
  }

  #routeOther(
    session: ClientSession,
    buf: Uint8Array,
    packet: number,
    end: number,
  ): OutputQueue | undefined {
    if (ipVersion(buf, packet) !== 4) {
      this.counters.malformed++;
      return undefined;
    }
    if (this.#beyond === 'echo' && answerEchoRequest4(buf, packet, end)) {
      return this.#toClient(session, 'clientToBeyond');
    }
    this.counters.ipv4++;
    return undefined;
  }
}

function isNeverRouted(buf: Uint8Array, address: number): boolean {
  return (
    isLinkLocal(buf, address) ||
    isMulticast(buf, address) ||
    isUnspecified(buf, address) ||
    isLoopback(buf, address)
  );
}
