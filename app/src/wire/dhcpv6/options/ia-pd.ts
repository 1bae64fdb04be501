/** Identity Association for Prefix Delegation (RFC 8415 section 21.21). */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import type { Dhcpv6OptionCodec, OptionListCodec } from './option.ts';

const optionsOffset = 12;

export interface IaPdOption<Nested> {
  readonly kind: 'ia-pd';
  /** Chosen by the client; 0 is as good as any. */
  readonly iaid: number;
  /** When to renew at this server; 0: the client decides. */
  readonly t1: WireSeconds;
  /** When to rebind at any server; 0: the client decides. */
  readonly t2: WireSeconds;
  readonly options: readonly Nested[];
}

/** OPTION_IA_PD (RFC 8415 section 21.21). */
export const iaPdCodec = {
  code: 25,
  kind: 'ia-pd',

  encode<Nested>(option: IaPdOption<Nested>, nested: OptionListCodec<Nested>): Uint8Array {
    const fixed = new Uint8Array(optionsOffset);
    writeUint32(fixed, 0, requireUint(option.iaid, 32, 'IAID'));
    writeUint32(fixed, 4, requireUint(option.t1, 32, 'T1'));
    writeUint32(fixed, 8, requireUint(option.t2, 32, 'T2'));
    return concatBytes([fixed, nested.encode(option.options)]);
  },

  decode<Nested>(data: Uint8Array, nested: OptionListCodec<Nested>): IaPdOption<Nested> {
    if (data.length < optionsOffset) {
      throw new ParseError('DHCPv6 IA_PD option', data.length, 'cut short');
    }
    return {
      kind: 'ia-pd',
      iaid: readUint32(data, 0),
      t1: readUint32(data, 4),
      t2: readUint32(data, 8),
      options: nested.decode(data.subarray(optionsOffset)),
    };
  },
} satisfies Dhcpv6OptionCodec<IaPdOption<unknown>>;
