/** Source and Target Link-Layer Address (RFC 4861 section 4.6.1), for Ethernet (RFC 2464 section 6): 6 bytes. */
import { ParseError } from '../../../core/errors.ts';
import { requireLength } from '../../bytes.ts';
import { macAddressLength } from '../../mac-address.ts';
import type { NdOptionCodec } from './option.ts';

const optionLength = 8;

export interface LinkLayerAddressOption<Kind> {
  readonly kind: Kind;
  /** 6 bytes. */
  readonly mac: Uint8Array;
}

/** Source Link-Layer Address (type 1, RFC 4861 section 4.6.1). */
export const sourceLinkLayerAddressCodec = linkLayerAddressCodec(1, 'source-link-layer-address');

/** Target Link-Layer Address (type 2, RFC 4861 section 4.6.1). */
export const targetLinkLayerAddressCodec = linkLayerAddressCodec(2, 'target-link-layer-address');

/** The two differ in their type alone. */
function linkLayerAddressCodec<Kind extends string>(
  type: number,
  kind: Kind,
): NdOptionCodec<LinkLayerAddressOption<Kind>> {
  return {
    type,
    kind,

    encode(option) {
      const bytes = new Uint8Array(optionLength);
      bytes[0] = type;
      bytes[1] = optionLength / 8;
      bytes.set(requireLength(option.mac, macAddressLength, 'link-layer address'), 2);
      return bytes;
    },

    decode(bytes) {
      if (bytes.length !== optionLength) {
        throw new ParseError('ND link-layer address option', 1, `length ${bytes[1]!}, expected 1`);
      }
      return { kind, mac: bytes.subarray(2) };
    },
  };
}
