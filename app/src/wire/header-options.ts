/**
 * What a destination must do about the extension headers of a packet before it reads on: unknown options
 * (RFC 8200 section 4.2) and routing headers that are not at their end (section 4.4). Control plane; never throws, and
 * allocates only for a report.
 *
 * Every option but padding is unknown here: none is needed. The highest two bits of its type say
 * what is to be done about that.
 */
import {
  extensionHeaderLength,
  isExtensionHeader,
  maxExtensionHeaders,
} from './extension-headers.ts';
import { readUint16 } from './bytes.ts';
import { ipv6HeaderLength, ipv6NextHeaderOffset, nextHeader } from './ipv6.ts';

/** Codes of ICMPv6 Parameter Problem (RFC 4443 section 3.4). */
export const parameterProblemCode = { erroneousHeader: 0, unknownOption: 2 } as const;

/** The ICMPv6 error to send to the source. */
export interface HeaderProblem {
  readonly code: (typeof parameterProblemCode)[keyof typeof parameterProblemCode];
  /** Offset of the field in the packet. */
  readonly pointer: number;
  /** Also where the packet was sent to a group. */
  readonly evenToGroup: boolean;
}

export type HeaderVerdict = 'fine' | 'discard' | HeaderProblem;

const padOne = 0;
const padMany = 1;
/** Values of the highest two bits of an option's type. */
const action = { skip: 0, discard: 1, reportAlways: 2, reportUnlessToGroup: 3 } as const;

const routingTypeOffset = 2;
const segmentsLeftOffset = 3;

/**
 * Judges the extension headers of `packet`, which `walkExtensionHeaders` has accepted, up to a Fragment header that
 * makes it a later fragment.
 */
export function judgeHeaders(packet: Uint8Array): HeaderVerdict {
  let protocol = packet[ipv6NextHeaderOffset]!;
  let at = ipv6HeaderLength;
  for (let count = 0; count < maxExtensionHeaders && isExtensionHeader(protocol); count++) {
    const end = at + extensionHeaderLength(packet, at, protocol);
    if (end > packet.length) return 'discard';
    const verdict = judgeHeader(packet, at, end, protocol);
    if (verdict !== 'fine') return verdict;
    if (protocol === nextHeader.fragment && readUint16(packet, at + 2) >>> 3 !== 0) return 'fine';
    protocol = packet[at]!;
    at = end;
  }
  return 'fine';
}

function judgeHeader(packet: Uint8Array, at: number, end: number, protocol: number): HeaderVerdict {
  switch (protocol) {
    case nextHeader.hopByHop:
    case nextHeader.destinationOptions:
      return judgeOptions(packet, at + 2, end);
    case nextHeader.routing:
      if (packet[at + segmentsLeftOffset] === 0) return 'fine';
      return {
        code: parameterProblemCode.erroneousHeader,
        pointer: at + routingTypeOffset,
        evenToGroup: false,
      };
    default:
      return 'fine';
  }
}

/** The options in `packet[at, end)`, which is at most 2 KiB. */
function judgeOptions(packet: Uint8Array, at: number, end: number): HeaderVerdict {
  let option = at;
  while (option < end) {
    const type = packet[option]!;
    if (type === padOne) {
      option += 1;
      continue;
    }
    const next = option + 2 + (packet[option + 1] ?? 0);
    if (option + 2 > end || next > end) return 'discard';
    if (type !== padMany) {
      switch (type >>> 6) {
        case action.skip:
          break;
        case action.discard:
          return 'discard';
        default:
          return {
            code: parameterProblemCode.unknownOption,
            pointer: option,
            evenToGroup: type >>> 6 === action.reportAlways,
          };
      }
    }
    option = next;
  }
  return 'fine';
}
