/** The router's state as plain data, ready for JSON. */
import type { AddressInfo } from 'node:net';
import type { DeviceCounters } from 'tuntap2';
import type { ClientSession } from './client-session.ts';
import type { ForwardCounters } from './forwarder.ts';
import type { TunPort } from './tun-port.ts';

/** What a TUN without a queue of its own counts. */
type TunCounters = Omit<DeviceCounters, 'kernelDropped' | 'queueDropped' | 'queueMarked'>;

export interface ClientStatus {
  readonly address: string;
  /** Address and port of the TCP connection's other end. */
  readonly peer: string;
  /** ISO 8601. */
  readonly since: string;
  readonly protocol: string;
  readonly cipher: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly queuedBytes: number;
  /** Packets that found this client's queue full. */
  readonly dropped: number;
}

export interface EnfServerStatus {
  /** ISO 8601. */
  readonly since: string;
  readonly listening: readonly string[];
  readonly clients: readonly ClientStatus[];
  /** Connections that were turned away after the handshake. */
  readonly refused: number;
  readonly packets: ForwardCounters;
  readonly tun:
    | ({
        readonly name: string;
        readonly queuedBytes: number;
        readonly dropped: number;
      } & TunCounters)
    | undefined;
}

export interface StatusParts {
  readonly since: Date;
  readonly listening: readonly (AddressInfo | string | null)[];
  readonly sessions: readonly ClientSession[];
  readonly refused: number;
  readonly packets: ForwardCounters;
  readonly tun: TunPort | undefined;
}

export function enfServerStatus(parts: StatusParts): EnfServerStatus {
  const { tun } = parts;
  return {
    since: parts.since.toISOString(),
    listening: parts.listening.flatMap((bound) => (isAddress(bound) ? [addressText(bound)] : [])),
    clients: parts.sessions.map((session) => ({
      address: session.addressText,
      peer: session.peer,
      since: session.since.toISOString(),
      ...session.tls,
      ...session.traffic,
      queuedBytes: session.queuedBytes,
      dropped: session.dropped,
    })),
    refused: parts.refused,
    packets: { ...parts.packets },
    tun: tun && {
      name: tun.device.name,
      queuedBytes: tun.queuedBytes,
      dropped: tun.dropped,
      ...deviceCounters(tun.device.counters),
    },
  };
}

/** A real device's counters are live: getters that a spread does not see. */
function deviceCounters(live: Readonly<DeviceCounters>): TunCounters {
  const { readPackets, readBytes, writtenPackets, writtenBytes, readMalformed, writeRefused } =
    live;
  return { readPackets, readBytes, writtenPackets, writtenBytes, readMalformed, writeRefused };
}

function isAddress(bound: AddressInfo | string | null): bound is AddressInfo {
  return typeof bound === 'object' && bound !== null;
}

function addressText({ address, port }: AddressInfo): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
