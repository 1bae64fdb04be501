/** Lifetimes as the wire carries them, in router advertisements and in DHCPv6: whole seconds in 16 or 32 bits. */

/** Whole seconds. In a 32-bit field `foreverSeconds` means infinity. */
export type WireSeconds = number;

/** Infinity of RFC 4861 section 4.6.2 and RFC 8415 section 7.7. */
export const foreverSeconds: WireSeconds = 0xffffffff;
