/** What was said by DHCPv6 on the host's cable: messages of a capture, and each question with its answer. */
import { ethernetHeaderLength, etherType } from '../../src/wire/ethernet.ts';
import { readUint16 } from '../../src/wire/bytes.ts';
import {
  decodeDhcpv6Message,
  dhcpv6ClientPort,
  dhcpv6MessageType,
  dhcpv6ServerPort,
  type Dhcpv6Message,
} from '../../src/wire/dhcpv6/dhcpv6-message.ts';
import { findDhcpv6Option } from '../../src/wire/dhcpv6/options/option-list.ts';
import { decodeIpv6, nextHeader } from '../../src/wire/ipv6.ts';
import { decodeUdp } from '../../src/wire/udp.ts';
import { Capture, type CapturedPacket } from './capture.ts';
import type { Namespace } from './namespace.ts';
import { hostInterface } from './topology.ts';

type MessageName = keyof typeof dhcpv6MessageType;

export interface Said {
  /** Seconds since 1970. */
  readonly time: number;
  readonly name: MessageName;
  readonly message: Dhcpv6Message;
}

export interface Exchange {
  readonly question: Said;
  readonly answer: Said;
  readonly delayMs: number;
}

/** Captures on the host's end of the cable, where the host sees it. */
export function captureDhcpv6(host: Namespace): Promise<Capture> {
  return Capture.start(host, hostInterface, 'udp port 546 or udp port 547');
}

/** Throws ParseError for a message that is none: both sides of the lab speak well. */
export function saidIn(packets: readonly CapturedPacket[]): Said[] {
  return packets.flatMap(({ time, bytes }) => {
    if (readUint16(bytes, 12) !== etherType.ipv6) return [];
    const ip = decodeIpv6(bytes.subarray(ethernetHeaderLength));
    if (ip.nextHeader !== nextHeader.udp) return [];
    const datagram = decodeUdp(ip, ip.payload);
    const ports: readonly number[] = [dhcpv6ClientPort, dhcpv6ServerPort];
    if (!ports.includes(datagram.destinationPort)) return [];
    const message = decodeDhcpv6Message(datagram.payload);
    return [{ time, name: nameOf(message.type), message }];
  });
}

/** Each question of that kind that was answered. */
export function findExchanges(said: readonly Said[], kind: MessageName): Exchange[] {
  return said.flatMap((question, i) => {
    if (question.name !== kind) return [];
    const { transactionId } = question.message;
    const answer = said
      .slice(i + 1)
      .find(
        ({ name, message }) =>
          (name === 'reply' || name === 'advertise') && message.transactionId === transactionId,
      );
    if (answer === undefined) return [];
    return [{ question, answer, delayMs: (answer.time - question.time) * 1000 }];
  });
}

/** The first question of that kind that was answered. */
export function findExchange(said: readonly Said[], kind: MessageName): Exchange | undefined {
  return findExchanges(said, kind)[0];
}

/** The status of the whole message. */
export function statusOf({ message }: Said): number | undefined {
  return findDhcpv6Option(message.options, 'status-code')?.status;
}

function nameOf(type: number): MessageName {
  const entry = Object.entries(dhcpv6MessageType).find(([, value]) => value === type);
  // The decoder has refused relays; other numbers would be unknown messages.
  return (entry?.[0] ?? 'relayForward') as MessageName;
}
