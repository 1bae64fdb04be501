/** Prefix Information (RFC 4861 section 4.6.2). Leaves out the router address flag of RFC 6275. */
import { ParseError } from '../../../core/errors.ts';
import { readUint32, requireLength, requireUint, writeUint32 } from '../../bytes.ts';
import { ipv6AddressLength } from '../../ipv6-address.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import type { NdOptionCodec } from './option.ts';

const type = 3;
const optionLength = 32;
const onLinkFlag = 0x80;
const autonomousFlag = 0x40;

export interface PrefixInformationOption {
  readonly kind: 'prefix-information';
  /** 16 bytes. */
  readonly prefix: Uint8Array;
  /** 0 to 128 bits; bits of `prefix` behind it mean nothing. */
  readonly prefixLength: number;
  readonly onLink: boolean;
  /** Hosts may form addresses from it (SLAAC). */
  readonly autonomous: boolean;
  readonly validLifetime: WireSeconds;
  readonly preferredLifetime: WireSeconds;
}

/** Prefix Information (type 3, RFC 4861 section 4.6.2). */
export const prefixInformationCodec: NdOptionCodec<PrefixInformationOption> = {
  type,
  kind: 'prefix-information',

  encode(option) {
    const bytes = new Uint8Array(optionLength);
    bytes[0] = type;
    bytes[1] = optionLength / 8;
    bytes[2] = requireUint(option.prefixLength, 8, 'prefix length');
    bytes[3] = (option.onLink ? onLinkFlag : 0) | (option.autonomous ? autonomousFlag : 0);
    writeUint32(bytes, 4, requireUint(option.validLifetime, 32, 'valid lifetime'));
    writeUint32(bytes, 8, requireUint(option.preferredLifetime, 32, 'preferred lifetime'));
    bytes.set(requireLength(option.prefix, ipv6AddressLength, 'prefix'), 16);
    return bytes;
  },

  decode(bytes) {
    const what = 'ND Prefix Information option';
    if (bytes.length !== optionLength) {
      throw new ParseError(what, 1, `length ${bytes[1]!}, expected 4`);
    }
    const prefixLength = bytes[2]!;
    if (prefixLength > 128) throw new ParseError(what, 2, `prefix length ${prefixLength}`);
    const flags = bytes[3]!;
    return {
      kind: 'prefix-information',
      prefix: bytes.subarray(16),
      prefixLength,
      onLink: (flags & onLinkFlag) !== 0,
      autonomous: (flags & autonomousFlag) !== 0,
      validLifetime: readUint32(bytes, 4),
      preferredLifetime: readUint32(bytes, 8),
    };
  },
};
