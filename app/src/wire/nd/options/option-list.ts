/**
 * The options behind every neighbour discovery message (RFC 4861 section 4.6). Decode throws ParseError: an option
 * that does not fit its type makes the whole message invalid, an unknown type is kept raw. Leaves out the
 * rule which option belongs to which message; receivers look for those they want.
 */
import { InternalError, ParseError } from '../../../core/errors.ts';
import { concatBytes } from '../../bytes.ts';
import { decodeNdOption, encodeNdOption, type NdOption, type NdOptionOf } from './registry.ts';

/** Over 1280 bytes of the smallest option: more than any sane sender puts into one message. */
export const maxNdOptions = 160;

export function encodeNdOptions(options: readonly NdOption[]): Uint8Array {
  if (options.length > maxNdOptions) throw new InternalError(`${options.length} ND options`);
  return concatBytes(options.map(encodeNdOption));
}

/** `bytes` is the rest of the message. */
export function decodeNdOptions(bytes: Uint8Array): NdOption[] {
  const what = 'ND options';
  const options: NdOption[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (options.length === maxNdOptions) {
      throw new ParseError(what, at, `over ${maxNdOptions} options`);
    }
    const units = bytes[at + 1];
    if (units === undefined) throw new ParseError(what, bytes.length, 'option is cut short');
    // Without this check a receiver would loop here without end (RFC 4861 section 4.6).
    if (units === 0) throw new ParseError(what, at + 1, 'length 0');
    const end = at + units * 8;
    if (end > bytes.length) throw new ParseError(what, bytes.length, 'option is cut short');
    options.push(decodeNdOption(bytes.subarray(at, end)));
    at = end;
  }
  return options;
}

/** The first option of that kind. */
export function findNdOption<K extends NdOption['kind']>(
  options: readonly NdOption[],
  kind: K,
): NdOptionOf<K> | undefined {
  return options.find((option): option is NdOptionOf<K> => option.kind === kind);
}
