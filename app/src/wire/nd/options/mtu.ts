/** MTU (RFC 4861 section 4.6.4). */
import { ParseError } from '../../../core/errors.ts';
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { NdOptionCodec } from './option.ts';

const type = 5;
const optionLength = 8;

export interface MtuOption {
  readonly kind: 'mtu';
  readonly mtuBytes: number;
}

/** MTU (type 5, RFC 4861 section 4.6.4). */
export const mtuCodec: NdOptionCodec<MtuOption> = {
  type,
  kind: 'mtu',

  encode(option) {
    const bytes = new Uint8Array(optionLength);
    bytes[0] = type;
    bytes[1] = optionLength / 8;
    writeUint32(bytes, 4, requireUint(option.mtuBytes, 32, 'MTU'));
    return bytes;
  },

  decode(bytes) {
    if (bytes.length !== optionLength) {
      throw new ParseError('ND MTU option', 1, `length ${bytes[1]!}, expected 1`);
    }
    return { kind: 'mtu', mtuBytes: readUint32(bytes, 4) };
  },
};
