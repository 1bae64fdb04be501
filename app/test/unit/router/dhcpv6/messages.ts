/** DHCPv6 messages for the server's tests, built from the codecs' options with a host's usual identifiers. */
import {
  dhcpv6MessageType,
  type Dhcpv6Message,
} from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import type { Dhcpv6Option, Dhcpv6OptionOf } from '../../../../src/wire/dhcpv6/options/registry.ts';
import { limitDns } from '../../../../src/router/dns-settings.ts';
import { serverDuid } from '../router-fixture.ts';
import { hex, ip, ownAddress } from '../packets.ts';
import { domainNames } from '../domain-names.ts';

export const clientId: Dhcpv6Option = { kind: 'client-id', duid: hex('00030001 0242ac110001') };
export const serverId: Dhcpv6Option = { kind: 'server-id', duid: serverDuid };
export const foreignServerId: Dhcpv6Option = { kind: 'server-id', duid: hex('0004 01') };
export const iaid = 0xac110001;

export const state = {
  address: ownAddress,
  formerAddresses: [],
  duid: serverDuid,
  dns: limitDns([], []),
};
export const stateWithDns = {
  ...state,
  dns: limitDns([ip('fd00::53'), ip('fd00::54')], domainNames('enf.example')),
};

export function message(
  type: keyof typeof dhcpv6MessageType,
  ...options: Dhcpv6Option[]
): Dhcpv6Message {
  return { type: dhcpv6MessageType[type], transactionId: 0xabcdef, options };
}

export function addressOption(address: Uint8Array, preferred: number, valid: number): Dhcpv6Option {
  return {
    kind: 'ia-address',
    address,
    preferredLifetime: preferred,
    validLifetime: valid,
    options: [],
  };
}

/** An IA_NA as a host sends it, listing `addresses`. */
export function ia(id: number, ...addresses: Uint8Array[]): Dhcpv6OptionOf<'ia-na'> {
  const options = addresses.map((address) => addressOption(address, 0, 0));
  return { kind: 'ia-na', iaid: id, t1: 0, t2: 0, options };
}

/** The lease as the server gives it, and addresses that it takes back. */
export function leased(id: number, ...withdrawn: Uint8Array[]): Dhcpv6OptionOf<'ia-na'> {
  return {
    kind: 'ia-na',
    iaid: id,
    t1: 7200,
    t2: 11_520,
    options: [
      addressOption(ownAddress, 14_400, 28_800),
      ...withdrawn.map((address) => addressOption(address, 0, 0)),
    ],
  };
}

export function status(code: number): Dhcpv6Option {
  return { kind: 'status-code', status: code, text: '' };
}

export function asks(...codes: number[]): Dhcpv6Option {
  return { kind: 'option-request', codes };
}
