/** IA Prefix (RFC 8415 section 21.22). */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, readUint32, requireLength, requireUint, writeUint32 } from '../../bytes.ts';
import { ipv6AddressLength } from '../../ipv6-address.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import type { Dhcpv6OptionCodec, OptionListCodec } from './option.ts';

const what = 'DHCPv6 IA Prefix option';
const prefixOffset = 9;
const optionsOffset = prefixOffset + ipv6AddressLength;

export interface IaPrefixOption<Nested> {
  readonly kind: 'ia-prefix';
  readonly preferredLifetime: WireSeconds;
  readonly validLifetime: WireSeconds;
  /** 0 to 128 bits. */
  readonly prefixLength: number;
  /** 16 bytes. */
  readonly prefix: Uint8Array;
  readonly options: readonly Nested[];
}

/** OPTION_IAPREFIX (RFC 8415 section 21.22). */
export const iaPrefixCodec = {
  code: 26,
  kind: 'ia-prefix',

  encode<Nested>(option: IaPrefixOption<Nested>, nested: OptionListCodec<Nested>): Uint8Array {
    const fixed = new Uint8Array(optionsOffset);
    writeUint32(fixed, 0, requireUint(option.preferredLifetime, 32, 'preferred lifetime'));
    writeUint32(fixed, 4, requireUint(option.validLifetime, 32, 'valid lifetime'));
    fixed[8] = requireUint(option.prefixLength, 8, 'prefix length');
    fixed.set(requireLength(option.prefix, ipv6AddressLength, 'prefix'), prefixOffset);
    return concatBytes([fixed, nested.encode(option.options)]);
  },

  decode<Nested>(data: Uint8Array, nested: OptionListCodec<Nested>): IaPrefixOption<Nested> {
    if (data.length < optionsOffset) throw new ParseError(what, data.length, 'cut short');
    const prefixLength = data[8]!;
    if (prefixLength > 128) throw new ParseError(what, 8, `prefix length ${prefixLength}`);
    return {
      kind: 'ia-prefix',
      preferredLifetime: readUint32(data, 0),
      validLifetime: readUint32(data, 4),
      prefixLength,
      prefix: data.subarray(prefixOffset, optionsOffset),
      options: nested.decode(data.subarray(optionsOffset)),
    };
  },
} satisfies Dhcpv6OptionCodec<IaPrefixOption<unknown>>;
