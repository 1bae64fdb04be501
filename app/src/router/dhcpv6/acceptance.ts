/**
 * Which client messages a server must discard for the identifiers they carry or lack (RFC 8415 section 16). Messages
 * that servers send, and relay messages, are for others.
 */
import { bytesEqual } from '../../wire/bytes.ts';
import { dhcpv6MessageType, type Dhcpv6Message } from '../../wire/dhcpv6/dhcpv6-message.ts';
import { findDhcpv6Option } from '../../wire/dhcpv6/options/option-list.ts';

/** The messages that a server answers. */
const answered = {
  [dhcpv6MessageType.solicit]: 'solicit',
  [dhcpv6MessageType.request]: 'request',
  [dhcpv6MessageType.confirm]: 'confirm',
  [dhcpv6MessageType.renew]: 'renew',
  [dhcpv6MessageType.rebind]: 'rebind',
  [dhcpv6MessageType.release]: 'release',
  [dhcpv6MessageType.decline]: 'decline',
  [dhcpv6MessageType.informationRequest]: 'information-request',
} as const;

export type AnsweredKind = (typeof answered)[keyof typeof answered];

/** What the message is, or undefined when it must be discarded. */
export function acceptedKind(
  message: Dhcpv6Message,
  serverDuid: Uint8Array,
): AnsweredKind | undefined {
  if (!Object.hasOwn(answered, message.type)) return undefined;
  // The line above has just shown that the number is one of the keys.
  const kind = answered[message.type as keyof typeof answered];
  return hasRightIdentifiers(kind, message, serverDuid) ? kind : undefined;
}

function hasRightIdentifiers(
  kind: AnsweredKind,
  { options }: Dhcpv6Message,
  serverDuid: Uint8Array,
): boolean {
  const hasClient = findDhcpv6Option(options, 'client-id') !== undefined;
  const server = findDhcpv6Option(options, 'server-id')?.duid;
  const isForUs = server !== undefined && bytesEqual(server, serverDuid);
  switch (kind) {
    case 'solicit':
    case 'confirm':
    case 'rebind':
      return hasClient && server === undefined;
    case 'request':
    case 'renew':
    case 'release':
    case 'decline':
      return hasClient && isForUs;
    case 'information-request':
      return (server === undefined || isForUs) && !options.some(isAssociation);
  }
}

function isAssociation({ kind }: { readonly kind: string }): boolean {
  return kind === 'ia-na' || kind === 'ia-ta' || kind === 'ia-pd';
}
