/**
 * The neighbour discovery options that have a codec, and what follows from the list. A new option is one file and one
 * entry here.
 */
import { InternalError } from '../../../core/errors.ts';
import { dnsslCodec } from './dnssl.ts';
import { sourceLinkLayerAddressCodec, targetLinkLayerAddressCodec } from './link-layer-address.ts';
import { mtuCodec } from './mtu.ts';
import type { NdOptionCodec, UnknownNdOption } from './option.ts';
import { prefixInformationCodec } from './prefix-information.ts';
import { rdnssCodec } from './rdnss.ts';
import { routeInformationCodec } from './route-information.ts';

/** Ordered by type; no type and no kind appears twice. */
export const ndOptionCodecs = [
  sourceLinkLayerAddressCodec,
  targetLinkLayerAddressCodec,
  prefixInformationCodec,
  mtuCodec,
  routeInformationCodec,
  rdnssCodec,
  dnsslCodec,
] as const;

/** What a neighbour discovery option can be: a union over `kind`. */
export type NdOption = ReturnType<(typeof ndOptionCodecs)[number]['decode']> | UnknownNdOption;

/** The option of that kind. */
export type NdOptionOf<Kind extends NdOption['kind']> = Extract<NdOption, { readonly kind: Kind }>;

type AnyCodec = NdOptionCodec<NdOption>;

const codecs: readonly AnyCodec[] = ndOptionCodecs;
const byType: ReadonlyMap<number, AnyCodec> = new Map(codecs.map((codec) => [codec.type, codec]));
const byKind: ReadonlyMap<string, AnyCodec> = new Map(codecs.map((codec) => [codec.kind, codec]));

export function encodeNdOption(option: NdOption): Uint8Array {
  return option.kind === 'unknown'
    ? encodeUnknown(option)
    : byKind.get(option.kind)!.encode(option);
}

/** `bytes` is one whole option: a multiple of 8, at least 8. */
export function decodeNdOption(bytes: Uint8Array): NdOption {
  const type = bytes[0]!;
  return byType.get(type)?.decode(bytes) ?? { kind: 'unknown', type, data: bytes.subarray(2) };
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
