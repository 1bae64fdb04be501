/** Route Information (RFC 4191 section 2.3), in its three lengths. */
import { InternalError, ParseError } from '../../../core/errors.ts';
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import { preferenceFlags, preferenceFromFlags, type RoutePreference } from '../route-preference.ts';
import type { NdOptionCodec } from './option.ts';

const type = 24;
const prefixOffset = 8;

export interface RouteInformationOption {
  readonly kind: 'route-information';
  /** 16, 8 or 0 bytes: as many as the wire carries, enough for `prefixLength`. 16 is always right. */
  readonly prefix: Uint8Array;
  /** 0 to 128 bits; bits of `prefix` behind it mean nothing. */
  readonly prefixLength: number;
  readonly preference: RoutePreference;
  readonly routeLifetime: WireSeconds;
}

/** Route Information (type 24, RFC 4191 section 2.3). */
export const routeInformationCodec: NdOptionCodec<RouteInformationOption> = {
  type,
  kind: 'route-information',

  encode(option) {
    const { prefix, prefixLength } = option;
    if (!isPossible(prefix.length, prefixLength)) {
      throw new InternalError(`route /${prefixLength} in ${prefix.length} prefix bytes`);
    }
    const bytes = new Uint8Array(prefixOffset + prefix.length);
    bytes[0] = type;
    bytes[1] = bytes.length / 8;
    bytes[2] = prefixLength;
    bytes[3] = preferenceFlags(option.preference);
    writeUint32(bytes, 4, requireUint(option.routeLifetime, 32, 'route lifetime'));
    bytes.set(prefix, prefixOffset);
    return bytes;
  },

  decode(bytes) {
    const prefixLength = bytes[2]!;
    if (!isPossible(bytes.length - prefixOffset, prefixLength)) {
      const problem = `length ${bytes[1]!} with prefix length ${prefixLength}`;
      throw new ParseError('ND Route Information option', 1, problem);
    }
    return {
      kind: 'route-information',
      prefix: bytes.subarray(prefixOffset),
      prefixLength,
      preference: preferenceFromFlags(bytes[3]!),
      routeLifetime: readUint32(bytes, 4),
    };
  },
};

function isPossible(prefixBytes: number, prefixLength: number): boolean {
  return (
    (prefixBytes === 0 || prefixBytes === 8 || prefixBytes === 16) &&
    Number.isInteger(prefixLength) &&
    prefixLength >= 0 &&
    prefixLength <= prefixBytes * 8
  );
}
