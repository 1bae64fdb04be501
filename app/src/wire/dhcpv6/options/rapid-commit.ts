/** Rapid Commit (RFC 8415 section 21.14): two messages instead of four. */
import { requireDataLength } from './data-length.ts';

export const rapidCommitCode = 14;

export interface RapidCommitOption {
  readonly kind: 'rapid-commit';
}

export function encodeRapidCommit(): Uint8Array {
  return new Uint8Array(0);
}

export function decodeRapidCommit(data: Uint8Array): RapidCommitOption {
  requireDataLength(data, 0, 'DHCPv6 Rapid Commit option');
  return { kind: 'rapid-commit' };
}
