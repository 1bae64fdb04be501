/** INF_MAX_RT (RFC 8415 section 21.25). */
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import { requireDataLength } from './data-length.ts';

export const infMaxRtCode = 83;

export interface InfMaxRtOption {
  readonly kind: 'inf-max-rt';
  /** Longest pause between two INFORMATION-REQUESTs; clients ignore what is outside 60 to 86400. */
  readonly seconds: WireSeconds;
}

export function encodeInfMaxRt(option: InfMaxRtOption): Uint8Array {
  const data = new Uint8Array(4);
  writeUint32(data, 0, requireUint(option.seconds, 32, 'INF_MAX_RT'));
  return data;
}

export function decodeInfMaxRt(data: Uint8Array): InfMaxRtOption {
  requireDataLength(data, 4, 'DHCPv6 INF_MAX_RT option');
  return { kind: 'inf-max-rt', seconds: readUint32(data, 0) };
}
