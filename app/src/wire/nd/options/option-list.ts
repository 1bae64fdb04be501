/**
 * The options behind every neighbour discovery message (RFC 4861 section 4.6). Decode throws ParseError: an option
 * that does not fit its type makes the whole message invalid, an unknown type is kept raw. Leaves out the
 * rule which option belongs to which message; receivers look for those they want.
 */
import { InternalError, ParseError } from '../../../core/errors.ts';
import { concatBytes } from '../../bytes.ts';
import { decodeDnssl, dnsslType, encodeDnssl, type DnsslOption } from './dnssl.ts';
import {
  decodeLinkLayerAddress,
  encodeLinkLayerAddress,
  sourceLinkLayerAddressType,
  targetLinkLayerAddressType,
  type LinkLayerAddressOption,
} from './link-layer-address.ts';
import { decodeMtu, encodeMtu, mtuType, type MtuOption } from './mtu.ts';
import {
  decodePrefixInformation,
  encodePrefixInformation,
  prefixInformationType,
  type PrefixInformationOption,
} from './prefix-information.ts';
import { decodeRdnss, encodeRdnss, rdnssType, type RdnssOption } from './rdnss.ts';
import {
  decodeRouteInformation,
  encodeRouteInformation,
  routeInformationType,
  type RouteInformationOption,
} from './route-information.ts';

/** Over 1280 bytes of the smallest option: more than any sane sender puts into one message. */
export const maxNdOptions = 160;

/** A type without a codec here. */
export interface UnknownNdOption {
  readonly kind: 'unknown';
  readonly type: number;
  /** Everything behind type and length: 6, 14, 22 … bytes. */
  readonly data: Uint8Array;
}

export type NdOption =
  | LinkLayerAddressOption
  | MtuOption
  | PrefixInformationOption
  | RouteInformationOption
  | RdnssOption
  | DnsslOption
  | UnknownNdOption;

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
): OptionOf<K> | undefined {
  return options.find((option): option is OptionOf<K> => option.kind === kind);
}

/** The member of the union whose kinds include `K`. */
type OptionOf<K extends NdOption['kind']> = NdOption extends infer O
  ? O extends { kind: infer Kind }
    ? K extends Kind
      ? O
      : never
    : never
  : never;

function encodeNdOption(option: NdOption): Uint8Array {
  switch (option.kind) {
    case 'source-link-layer-address':
    case 'target-link-layer-address':
      return encodeLinkLayerAddress(option);
    case 'mtu':
      return encodeMtu(option);
    case 'prefix-information':
      return encodePrefixInformation(option);
    case 'route-information':
      return encodeRouteInformation(option);
    case 'rdnss':
      return encodeRdnss(option);
    case 'dnssl':
      return encodeDnssl(option);
    case 'unknown':
      return encodeUnknown(option);
  }
}

/** `bytes` is one whole option: a multiple of 8, at least 8. */
function decodeNdOption(bytes: Uint8Array): NdOption {
  const type = bytes[0]!;
  switch (type) {
    case sourceLinkLayerAddressType:
    case targetLinkLayerAddressType:
      return decodeLinkLayerAddress(bytes);
    case mtuType:
      return decodeMtu(bytes);
    case prefixInformationType:
      return decodePrefixInformation(bytes);
    case routeInformationType:
      return decodeRouteInformation(bytes);
    case rdnssType:
      return decodeRdnss(bytes);
    case dnsslType:
      return decodeDnssl(bytes);
    default:
      return { kind: 'unknown', type, data: bytes.subarray(2) };
  }
}

function encodeUnknown(option: UnknownNdOption): Uint8Array {
  const units = (option.data.length + 2) / 8;
  if (!Number.isInteger(units) || units > 0xff) {
    throw new InternalError(`ND option ${option.type} with ${option.data.length} bytes of data`);
  }
  const bytes = new Uint8Array(units * 8);
  bytes[0] = option.type;
  bytes[1] = units;
  bytes.set(option.data, 2);
  return bytes;
}
