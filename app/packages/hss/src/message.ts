/**
 * The messages between the two ends of HSS. Numbers of OPEN stay as they are on the wire: a host answers values that it
 * does not support, so they are not errors of the format.
 */

/** Numbers of OPEN. */
export const family = { ipv4: 1, ipv6: 2 } as const;
export const protocol = { tcp: 1, udp: 2 } as const;
export const socketType = { stream: 1, datagram: 2 } as const;

export interface SocketAddress {
  /** 4 or 16 bytes; the length says which family it is. */
  readonly address: Uint8Array;
  readonly port: number;
  /** IPv6 only; as in a sockaddr_in6. Default 0. */
  readonly flowInfo?: number;
  /** IPv6 only: which link, in the numbers of the sender, so of no use to the receiver. Default 0. */
  readonly scopeId?: number;
}

interface Addressed {
  /** Counted by each sender for itself; an answer repeats it. */
  readonly messageId: number;
  readonly socketId: number;
}

export interface OpenMessage extends Addressed {
  readonly kind: 'open';
  /** Becomes the socket id; the header's is 0. */
  readonly handle: number;
  readonly family: number;
  readonly protocol: number;
  readonly type: number;
}

export interface ConnectMessage extends Addressed {
  readonly kind: 'connect';
  readonly to: SocketAddress;
}

export interface TransmitMessage extends Addressed {
  readonly kind: 'transmit';
  readonly data: Uint8Array;
}

export interface AckMessage extends Addressed {
  /** `ackData` is the same with data that belong to the stream; no known implementation sends it. */
  readonly kind: 'ack' | 'ackData';
  /** Opcode of the message that is answered. */
  readonly of: number;
  /** Of `resultCode`. Undefined for CLOSE. */
  readonly result: number;
  readonly data: Uint8Array;
}

export interface BareMessage extends Addressed {
  readonly kind: 'shutdown' | 'close' | 'noOp';
}

export type HssMessage = OpenMessage | ConnectMessage | TransmitMessage | AckMessage | BareMessage;
