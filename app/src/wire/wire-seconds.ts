/** Lifetimes as the wire carries them, in router advertisements and in DHCPv6: whole seconds in 16 or 32 bits. */

/** Whole seconds. In a 32-bit field 0xffffffff means infinity (RFC 4861 section 4.6.2, RFC 8415 section 7.7). */
export type WireSeconds = number;
