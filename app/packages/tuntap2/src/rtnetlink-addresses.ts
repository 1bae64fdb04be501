/** Addresses in rtnetlink (RTM_NEWADDR and its request, rtnetlink(7)). */
import {
  attributesIn,
  bytesOf,
  encodeRequest,
  littleEndian,
  messagesIn,
  requestFlag,
  uint32Of,
} from './netlink-message.ts';

export interface AddressInfo {
  /** 4 or 16 bytes: this machine's own, not that of the other end. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly linkIndex: number;
  /** RT_SCOPE_*: 0 everywhere, 253 on the link only, 254 in this machine only. */
  readonly scope: number;
  /** Duplicate address detection has not ended, or has found a duplicate: it cannot be used. */
  readonly isTentative: boolean;
  /** Nothing new is to begin from it. */
  readonly isDeprecated: boolean;
}

export const addressMessage = { set: 20, removed: 21, get: 22 } as const;

export const addressBytes = 8;
const attributeType = { address: 1, local: 2, flags: 8 } as const;
/** IFA_F_* of linux/if_addr.h. An optimistic one is used before the detection ends. */
const flag = { optimistic: 0x04, duplicate: 0x08, deprecated: 0x20, tentative: 0x40 } as const;

/** AF_INET and AF_INET6 on Linux. */
export const addressFamily = { ipv4: 2, ipv6: 10 } as const;

/** The body of an address message; undefined for other messages. */
export function parseAddress(body: DataView): AddressInfo | undefined {
  if (body.byteLength < addressBytes) return undefined;
  let flags = body.getUint8(2);
  let address: Uint8Array | undefined;
  let local: Uint8Array | undefined;
  for (const { type, value } of attributesIn(body, addressBytes)) {
    if (type === attributeType.address) address = bytesOf(value).slice();
    else if (type === attributeType.local) local = bytesOf(value).slice();
    else if (type === attributeType.flags) flags = uint32Of(value) ?? flags;
  }
  // On a link with two ends "address" is the other one.
  const own = local ?? address;
  if (own === undefined || own.length !== lengthOf(body.getUint8(0))) return undefined;
  const isUnusable = (flags & flag.tentative) !== 0 && (flags & flag.optimistic) === 0;
  return {
    address: own,
    prefixLength: body.getUint8(1),
    linkIndex: body.getUint32(4, littleEndian),
    scope: body.getUint8(3),
    isTentative: isUnusable || (flags & flag.duplicate) !== 0,
    isDeprecated: (flags & flag.deprecated) !== 0,
  };
}

/** The addresses in an answer to `listAddressesRequest`. */
export function parseAddresses(answer: Uint8Array): AddressInfo[] {
  const addresses: AddressInfo[] = [];
  for (const { type, body } of messagesIn(answer)) {
    const address = type === addressMessage.set ? parseAddress(body) : undefined;
    if (address) addresses.push(address);
  }
  return addresses;
}

/** RTM_GETADDR for all addresses of both families. */
export function listAddressesRequest(): Uint8Array {
  const fixed = new Uint8Array(addressBytes);
  return encodeRequest({ type: addressMessage.get, flags: requestFlag.dump, fixed });
}

function lengthOf(family: number): number | undefined {
  if (family === addressFamily.ipv4) return 4;
  return family === addressFamily.ipv6 ? 16 : undefined;
}
