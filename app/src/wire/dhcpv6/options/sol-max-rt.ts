/** SOL_MAX_RT (RFC 8415 section 21.24). */
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import { requireDataLength } from './data-length.ts';

export const solMaxRtCode = 82;

export interface SolMaxRtOption {
  readonly kind: 'sol-max-rt';
  /** Longest pause between two SOLICITs; clients ignore what is outside 60 to 86400. */
  readonly seconds: WireSeconds;
}

export function encodeSolMaxRt(option: SolMaxRtOption): Uint8Array {
  const data = new Uint8Array(4);
  writeUint32(data, 0, requireUint(option.seconds, 32, 'SOL_MAX_RT'));
  return data;
}

export function decodeSolMaxRt(data: Uint8Array): SolMaxRtOption {
  requireDataLength(data, 4, 'DHCPv6 SOL_MAX_RT option');
  return { kind: 'sol-max-rt', seconds: readUint32(data, 0) };
}
