/**
 * What the server says about each identity association of a message (RFC 8415 sections 18.3.2 to 18.3.8). One IA_NA
 * gets the one address; everything else gets the reason why it gets nothing.
 *
 * An address in a SOLICIT or REQUEST is a wish and is passed over. In a RENEW or REBIND it is one that the host uses,
 * so one that is not (or no longer) ours comes back with lifetimes of 0.
 */
import { addressEquals } from '../../wire/ipv6-address.ts';
import type { Dhcpv6Message } from '../../wire/dhcpv6/dhcpv6-message.ts';
import type { Dhcpv6Option, Dhcpv6OptionOf } from '../../wire/dhcpv6/options/registry.ts';
import { dhcpv6Status } from '../../wire/dhcpv6/options/status-code.ts';

export type Association = Dhcpv6OptionOf<'ia-na' | 'ia-ta' | 'ia-pd'>;

/** Seconds. Short, because the address changes when the card gets a new identity; T1 and T2 as in section 14.2. */
const preferredLifetime = 14_400;
const validLifetime = 28_800;
const t1 = 7200;
const t2 = 11_520;

/** Answers in one message. A host of today needs one or two; of a longer list the rest gets none. */
const maxAnswers = 16;
const maxWithdrawn = 8;

/** The associations of a message, each kind and IAID once, the first of its kind. The codec bounds their number. */
export function associationsOf({ options }: Dhcpv6Message): Association[] {
  const found = new Map<string, Association>();
  for (const option of options) {
    if (option.kind !== 'ia-na' && option.kind !== 'ia-ta' && option.kind !== 'ia-pd') continue;
    const key = `${option.kind} ${option.iaid}`;
    if (!found.has(key)) found.set(key, option);
  }
  return [...found.values()];
}

/** The addresses that an association lists; an IA_PD has none. */
export function listedAddresses(association: Association): Uint8Array[] {
  return association.options.flatMap((option) =>
    option.kind === 'ia-address' ? [option.address] : [],
  );
}

export function lists(association: Association, address: Uint8Array): boolean {
  return listedAddresses(association).some((listed) => addressEquals(listed, 0, address));
}

/**
 * Answers to a message that asks for addresses. The one that gets it comes first, whatever stood before it in the
 * message. With `inUse` the listed addresses are those that the host has.
 */
export function grant(
  associations: readonly Association[],
  address: Uint8Array,
  inUse: boolean,
): Association[] {
  const candidates = associations.filter((association) => association.kind === 'ia-na');
  const chosen = candidates.find((candidate) => lists(candidate, address)) ?? candidates[0];
  const others = associations
    .filter((association) => association !== chosen)
    .slice(0, chosen === undefined ? maxAnswers : maxAnswers - 1);
  const refused = others.map((other) => refuse(other, address, inUse));
  if (chosen === undefined) return refused;
  const options = [
    addressOption(address, preferredLifetime, validLifetime),
    ...(inUse ? withdrawn(chosen, address) : []),
  ];
  return [{ kind: 'ia-na', iaid: chosen.iaid, t1, t2, options }, ...refused];
}

/** Answers to RELEASE and DECLINE: only for associations that are not known. */
export function refuseUnknown(
  associations: readonly Association[],
  address: Uint8Array,
): Association[] {
  return associations
    .filter((association) => association.kind !== 'ia-na' || !lists(association, address))
    .slice(0, maxAnswers)
    .map((association) => empty(association, [status(dhcpv6Status.noBinding)]));
}

function refuse(association: Association, address: Uint8Array, inUse: boolean): Association {
  if (association.kind === 'ia-pd') {
    return empty(association, [status(dhcpv6Status.noPrefixAvail)]);
  }
  const gone = inUse ? withdrawn(association, address) : [];
  return empty(association, [status(dhcpv6Status.noAddrsAvail), ...gone]);
}

/** The same association with other content and no times. */
function empty({ kind, iaid }: Association, options: readonly Dhcpv6Option[]): Association {
  return kind === 'ia-ta' ? { kind, iaid, options } : { kind, iaid, t1: 0, t2: 0, options };
}

/** Listed addresses other than ours, with lifetimes of 0: the host must stop using them. */
function withdrawn(association: Association, address: Uint8Array): Dhcpv6Option[] {
  return listedAddresses(association)
    .filter((listed) => !addressEquals(listed, 0, address))
    .slice(0, maxWithdrawn)
    .map((listed) => addressOption(listed, 0, 0));
}

function addressOption(address: Uint8Array, preferred: number, valid: number): Dhcpv6Option {
  return {
    kind: 'ia-address',
    address,
    preferredLifetime: preferred,
    validLifetime: valid,
    options: [],
  };
}

function status(code: number): Dhcpv6Option {
  return { kind: 'status-code', status: code, text: '' };
}
