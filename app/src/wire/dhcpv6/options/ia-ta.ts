/** Identity Association for Temporary Addresses (RFC 8415 section 21.5). */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { Dhcpv6OptionCodec, OptionListCodec } from './option.ts';

const optionsOffset = 4;

export interface IaTaOption<Nested> {
  readonly kind: 'ia-ta';
  /** Chosen by the client. */
  readonly iaid: number;
  readonly options: readonly Nested[];
}

/** OPTION_IA_TA (RFC 8415 section 21.5). */
export const iaTaCodec = {
  code: 4,
  kind: 'ia-ta',

  encode<Nested>(option: IaTaOption<Nested>, nested: OptionListCodec<Nested>): Uint8Array {
    const fixed = new Uint8Array(optionsOffset);
    writeUint32(fixed, 0, requireUint(option.iaid, 32, 'IAID'));
    return concatBytes([fixed, nested.encode(option.options)]);
  },

  decode<Nested>(data: Uint8Array, nested: OptionListCodec<Nested>): IaTaOption<Nested> {
    if (data.length < optionsOffset) {
      throw new ParseError('DHCPv6 IA_TA option', data.length, 'cut short');
    }
    const options = nested.decode(data.subarray(optionsOffset));
    return { kind: 'ia-ta', iaid: readUint32(data, 0), options };
  },
} satisfies Dhcpv6OptionCodec<IaTaOption<unknown>>;
