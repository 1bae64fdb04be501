import type { Instant } from '../../core/time.ts';

/** How and when packets came in: the same for all of a burst. */
export interface PacketOrigin {
  /** Source of their frame; undefined for a burst, which is the known host's, and on a TUN. */
  readonly mac: Uint8Array | undefined;
  readonly now: Instant;
}
