/** Source and Target Link-Layer Address (RFC 4861 section 4.6.1), for Ethernet (RFC 2464 section 6): 6 bytes. */
import { ParseError } from '../../../core/errors.ts';
import { requireLength } from '../../bytes.ts';
import { macAddressLength } from '../../mac-address.ts';

export const sourceLinkLayerAddressType = 1;
export const targetLinkLayerAddressType = 2;
const optionLength = 8;

export interface LinkLayerAddressOption {
  readonly kind: 'source-link-layer-address' | 'target-link-layer-address';
  /** 6 bytes. */
  readonly mac: Uint8Array;
}

export function encodeLinkLayerAddress(option: LinkLayerAddressOption): Uint8Array {
  const isSource = option.kind === 'source-link-layer-address';
  const bytes = new Uint8Array(optionLength);
  bytes[0] = isSource ? sourceLinkLayerAddressType : targetLinkLayerAddressType;
  bytes[1] = optionLength / 8;
  bytes.set(requireLength(option.mac, macAddressLength, 'link-layer address'), 2);
  return bytes;
}

export function decodeLinkLayerAddress(bytes: Uint8Array): LinkLayerAddressOption {
  if (bytes.length !== optionLength) {
    throw new ParseError('ND link-layer address option', 1, `length ${bytes[1]!}, expected 1`);
  }
  return {
    kind:
      bytes[0] === sourceLinkLayerAddressType
        ? 'source-link-layer-address'
        : 'target-link-layer-address',
    mac: bytes.subarray(2),
  };
}
