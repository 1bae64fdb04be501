/** IA Address (RFC 8415 section 21.6). */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, readUint32, requireLength, requireUint, writeUint32 } from '../../bytes.ts';
import { ipv6AddressLength } from '../../ipv6-address.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import type { Dhcpv6OptionCodec, OptionListCodec } from './option.ts';

const optionsOffset = 24;

export interface IaAddressOption<Nested> {
  readonly kind: 'ia-address';
  /** 16 bytes. */
  readonly address: Uint8Array;
  readonly preferredLifetime: WireSeconds;
  readonly validLifetime: WireSeconds;
  readonly options: readonly Nested[];
}

/** OPTION_IAADDR (RFC 8415 section 21.6). */
export const iaAddressCodec = {
  code: 5,
  kind: 'ia-address',

  encode<Nested>(option: IaAddressOption<Nested>, nested: OptionListCodec<Nested>): Uint8Array {
    const fixed = new Uint8Array(optionsOffset);
    fixed.set(requireLength(option.address, ipv6AddressLength, 'address'), 0);
    writeUint32(fixed, 16, requireUint(option.preferredLifetime, 32, 'preferred lifetime'));
    writeUint32(fixed, 20, requireUint(option.validLifetime, 32, 'valid lifetime'));
    return concatBytes([fixed, nested.encode(option.options)]);
  },

  decode<Nested>(data: Uint8Array, nested: OptionListCodec<Nested>): IaAddressOption<Nested> {
    if (data.length < optionsOffset) {
      throw new ParseError('DHCPv6 IA Address option', data.length, 'cut short');
    }
    return {
      kind: 'ia-address',
      address: data.subarray(0, ipv6AddressLength),
      preferredLifetime: readUint32(data, 16),
      validLifetime: readUint32(data, 20),
      options: nested.decode(data.subarray(optionsOffset)),
    };
  },
} satisfies Dhcpv6OptionCodec<IaAddressOption<unknown>>;
