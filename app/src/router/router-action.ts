/** What the router asks its link to do. Every state machine of this layer returns a list of these. */
export type RouterAction =
  | {
      type: 'send';
      /** A whole IPv6 packet, checksums complete. */
      packet: Uint8Array;
      /** Ethernet destination for this packet alone, 6 bytes; absent: the link's own rule (peer, or multicast). */
      destinationMac?: Uint8Array;
    }
  /**
   * The host's MAC is known now: frames of the tunnel go to it, and what it asks is read before what other senders
   * ask. Never sent on a TUN.
   */
  | { type: 'learn'; mac: Uint8Array }
  /** Another host may be at the other end: the link has no peer until the next `learn`. Never sent on a TUN. */
  | { type: 'forget' };

/** The answer of a state machine that has nothing to do: one shared list, so that a flood allocates none. */
export const noActions: readonly RouterAction[] = Object.freeze([]);
