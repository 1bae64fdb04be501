/** MTU (RFC 4861 section 4.6.4). */
import { ParseError } from '../../../core/errors.ts';
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';

export const mtuType = 5;
const optionLength = 8;

export interface MtuOption {
  readonly kind: 'mtu';
  readonly mtuBytes: number;
}

export function encodeMtu(option: MtuOption): Uint8Array {
  const bytes = new Uint8Array(optionLength);
  bytes[0] = mtuType;
  bytes[1] = optionLength / 8;
  writeUint32(bytes, 4, requireUint(option.mtuBytes, 32, 'MTU'));
  return bytes;
}

export function decodeMtu(bytes: Uint8Array): MtuOption {
  if (bytes.length !== optionLength) {
    throw new ParseError('ND MTU option', 1, `length ${bytes[1]!}, expected 1`);
  }
  return { kind: 'mtu', mtuBytes: readUint32(bytes, 4) };
}
