/**
 * The DHCPv6 server (RFC 8415 section 18.3) for one host and one address: a function from a client's message to the
 * reply, or to nothing. Where it differs from the RFC: a REQUEST for an address that is not ours gets ours in place of
 * NotOnLink, which saves the host a round.
 *
 * Leaves out Reconfigure, which needs authentication, and Server Unicast.
 */
import { InternalError } from '../../core/errors.ts';
import {
  dhcpv6MessageType,
  maxDhcpv6MessageLength,
  type Dhcpv6Message,
} from '../../wire/dhcpv6/dhcpv6-message.ts';
import { encodeDhcpv6Options, findDhcpv6Option } from '../../wire/dhcpv6/options/option-list.ts';
import type { Dhcpv6Option } from '../../wire/dhcpv6/options/registry.ts';
import { dhcpv6Status } from '../../wire/dhcpv6/options/status-code.ts';
import { addressEquals } from '../../wire/ipv6-address.ts';
import { acceptedKind, type AnsweredKind } from './acceptance.ts';
import {
  associationsOf,
  grant,
  listedAddresses,
  refuseUnknown,
  type Association,
} from './identity-associations.ts';
import { requestedOptions } from './requested-options.ts';
import type { Dhcpv6ServerState } from './server-state.ts';

/** Type and transaction id. */
const headerLength = 4;
/** Of all servers the one to take, without waiting for others (section 18.2.1). */
const highestPreference = 255;

/** What is between the identifiers and the status at the end. */
interface Answer {
  readonly type: number;
  readonly associations?: readonly Association[];
  readonly extra?: readonly Dhcpv6Option[];
  /** Default success. */
  readonly status?: number;
}

/** Undefined: the message must be discarded, or deserves no answer. */
export function answerDhcpv6(
  message: Dhcpv6Message,
  state: Dhcpv6ServerState,
): Dhcpv6Message | undefined {
  const kind = acceptedKind(message, state.duid);
  const answer = kind && answerTo(kind, message, state);
  if (!answer) return undefined;
  return {
    type: answer.type,
    transactionId: message.transactionId,
    options: assemble(message, answer, state),
  };
}

function answerTo(
  kind: AnsweredKind,
  message: Dhcpv6Message,
  { address, dns }: Dhcpv6ServerState,
): Answer | undefined {
  const associations = associationsOf(message);
  const requested = requestedOptions(kind, message.options, dns);
  const { advertise, reply } = dhcpv6MessageType;
  switch (kind) {
    case 'solicit': {
      const granted = grant(associations, address, false);
      const rapid = findDhcpv6Option(message.options, 'rapid-commit');
      const extra: Dhcpv6Option = rapid ?? { kind: 'preference', value: highestPreference };
      return {
        type: rapid ? reply : advertise,
        associations: granted,
        extra: [extra, ...requested],
      };
    }
    case 'request':
      return { type: reply, associations: grant(associations, address, false), extra: requested };
    case 'renew':
    case 'rebind':
      return { type: reply, associations: grant(associations, address, true), extra: requested };
    case 'confirm': {
      const listed = associations.flatMap(listedAddresses);
      if (listed.length === 0) return undefined;
      const onLink = listed.every((one) => addressEquals(one, 0, address));
      return { type: reply, status: onLink ? dhcpv6Status.success : dhcpv6Status.notOnLink };
    }
    case 'release':
    case 'decline':
      return { type: reply, associations: refuseUnknown(associations, address) };
    case 'information-request':
      return { type: reply, extra: requested };
  }
}

/**
 * The options in their order. The status is the last because ConnMan before 1.14 does not read the last option of a
 * message: it must be one that is not missed.
 */
function assemble(
  message: Dhcpv6Message,
  answer: Answer,
  state: Dhcpv6ServerState,
): Dhcpv6Option[] {
  const client = findDhcpv6Option(message.options, 'client-id');
  const before: Dhcpv6Option[] = [{ kind: 'server-id', duid: state.duid }];
  if (client !== undefined) before.unshift(client);
  const status = answer.status ?? dhcpv6Status.success;
  const behind: Dhcpv6Option[] = [
    ...(answer.extra ?? []),
    { kind: 'status-code', status, text: '' },
  ];
  const fixed = encodeDhcpv6Options([...before, ...behind]).length;
  const room = maxDhcpv6MessageLength - headerLength - fixed;
  if (room < 0) throw new InternalError('DHCPv6 identifiers and name servers exceed a message');
  return [...before, ...fitting(answer.associations ?? [], room), ...behind];
}

/** As many associations as fit, in order: the one with the address is the first. */
function fitting(associations: readonly Association[], room: number): Association[] {
  let left = room;
  return associations.filter((association) => {
    const length = encodeDhcpv6Options([association]).length;
    if (length > left) return false;
    left -= length;
    return true;
  });
}
