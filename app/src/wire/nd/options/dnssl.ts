/** DNS Search List (RFC 8106 section 5.2). */
import { InternalError, ParseError } from '../../../core/errors.ts';
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import { decodeDomainNames, encodeDomainNames } from '../../domain-name.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import type { NdOptionCodec } from './option.ts';

const type = 31;
const namesOffset = 8;
const what = 'ND DNSSL option';

export interface DnsslOption {
  readonly kind: 'dnssl';
  readonly lifetime: WireSeconds;
  /** At least one; text as in `domain-name.ts`. */
  readonly names: readonly string[];
}

/** DNS Search List (type 31, RFC 8106 section 5.2). */
export const dnsslCodec: NdOptionCodec<DnsslOption> = {
  type,
  kind: 'dnssl',

  encode(option) {
    const names = encodeDomainNames(option.names);
    const units = Math.ceil((namesOffset + names.length) / 8);
    if (names.length === 0 || units > 0xff) {
      throw new InternalError(`DNSSL with ${names.length} bytes of names`);
    }
    const bytes = new Uint8Array(units * 8);
    bytes[0] = type;
    bytes[1] = units;
    writeUint32(bytes, 4, requireUint(option.lifetime, 32, 'DNSSL lifetime'));
    bytes.set(names, namesOffset);
    return bytes;
  },

  decode(bytes) {
    const names = decodeDomainNames(bytes.subarray(namesOffset), what, true);
    if (names.length === 0) throw new ParseError(what, namesOffset, 'no names');
    return { kind: 'dnssl', lifetime: readUint32(bytes, 4), names };
  },
};
