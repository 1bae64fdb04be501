/** Which DHCPv6 option code goes with which codec. A new option is one file and three lines here. */
import type { Dhcpv6Option, OptionListCodec } from './option.ts';
import { decodeClientId, encodeClientId, clientIdCode } from './client-id.ts';
import { decodeServerId, encodeServerId, serverIdCode } from './server-id.ts';
import { decodeIaNa, encodeIaNa, iaNaCode } from './ia-na.ts';
import { decodeIaTa, encodeIaTa, iaTaCode } from './ia-ta.ts';
import { decodeIaAddress, encodeIaAddress, iaAddressCode } from './ia-address.ts';
import { decodeOptionRequest, encodeOptionRequest, optionRequestCode } from './option-request.ts';
import { decodePreference, encodePreference, preferenceCode } from './preference.ts';
import { decodeElapsedTime, encodeElapsedTime, elapsedTimeCode } from './elapsed-time.ts';
import { decodeStatusCode, encodeStatusCode, statusCodeCode } from './status-code.ts';
import { decodeRapidCommit, encodeRapidCommit, rapidCommitCode } from './rapid-commit.ts';
import { decodeDnsServers, encodeDnsServers, dnsServersCode } from './dns-servers.ts';
import { decodeDomainList, encodeDomainList, domainListCode } from './domain-list.ts';
import { decodeIaPd, encodeIaPd, iaPdCode } from './ia-pd.ts';
import { decodeIaPrefix, encodeIaPrefix, iaPrefixCode } from './ia-prefix.ts';
import {
  decodeInformationRefreshTime,
  encodeInformationRefreshTime,
  informationRefreshTimeCode,
} from './information-refresh-time.ts';
import { decodeSolMaxRt, encodeSolMaxRt, solMaxRtCode } from './sol-max-rt.ts';
import { decodeInfMaxRt, encodeInfMaxRt, infMaxRtCode } from './inf-max-rt.ts';

const codes: { readonly [K in Exclude<Dhcpv6Option['kind'], 'unknown'>]: number } = {
  'client-id': clientIdCode,
  'server-id': serverIdCode,
  'ia-na': iaNaCode,
  'ia-ta': iaTaCode,
  'ia-address': iaAddressCode,
  'option-request': optionRequestCode,
  preference: preferenceCode,
  'elapsed-time': elapsedTimeCode,
  'status-code': statusCodeCode,
  'rapid-commit': rapidCommitCode,
  'dns-servers': dnsServersCode,
  'domain-list': domainListCode,
  'ia-pd': iaPdCode,
  'ia-prefix': iaPrefixCode,
  'information-refresh-time': informationRefreshTimeCode,
  'sol-max-rt': solMaxRtCode,
  'inf-max-rt': infMaxRtCode,
};

export function optionCode(option: Dhcpv6Option): number {
  return option.kind === 'unknown' ? option.code : codes[option.kind];
}

/** What stands behind code and length. */
export function encodeOptionData(option: Dhcpv6Option, nested: OptionListCodec): Uint8Array {
  switch (option.kind) {
    case 'client-id':
      return encodeClientId(option);
    case 'server-id':
      return encodeServerId(option);
    case 'ia-na':
      return encodeIaNa(option, nested);
    case 'ia-ta':
      return encodeIaTa(option, nested);
    case 'ia-address':
      return encodeIaAddress(option, nested);
    case 'option-request':
      return encodeOptionRequest(option);
    case 'preference':
      return encodePreference(option);
    case 'elapsed-time':
      return encodeElapsedTime(option);
    case 'status-code':
      return encodeStatusCode(option);
    case 'rapid-commit':
      return encodeRapidCommit();
    case 'dns-servers':
      return encodeDnsServers(option);
    case 'domain-list':
      return encodeDomainList(option);
    case 'ia-pd':
      return encodeIaPd(option, nested);
    case 'ia-prefix':
      return encodeIaPrefix(option, nested);
    case 'information-refresh-time':
      return encodeInformationRefreshTime(option);
    case 'sol-max-rt':
      return encodeSolMaxRt(option);
    case 'inf-max-rt':
      return encodeInfMaxRt(option);
    case 'unknown':
      return option.data;
  }
}

export function decodeOptionData(
  code: number,
  data: Uint8Array,
  nested: OptionListCodec,
): Dhcpv6Option {
  switch (code) {
    case clientIdCode:
      return decodeClientId(data);
    case serverIdCode:
      return decodeServerId(data);
    case iaNaCode:
      return decodeIaNa(data, nested);
    case iaTaCode:
      return decodeIaTa(data, nested);
    case iaAddressCode:
      return decodeIaAddress(data, nested);
    case optionRequestCode:
      return decodeOptionRequest(data);
    case preferenceCode:
      return decodePreference(data);
    case elapsedTimeCode:
      return decodeElapsedTime(data);
    case statusCodeCode:
      return decodeStatusCode(data);
    case rapidCommitCode:
      return decodeRapidCommit(data);
    case dnsServersCode:
      return decodeDnsServers(data);
    case domainListCode:
      return decodeDomainList(data);
    case iaPdCode:
      return decodeIaPd(data, nested);
    case iaPrefixCode:
      return decodeIaPrefix(data, nested);
    case informationRefreshTimeCode:
      return decodeInformationRefreshTime(data);
    case solMaxRtCode:
      return decodeSolMaxRt(data);
    case infMaxRtCode:
      return decodeInfMaxRt(data);
    default:
      return { kind: 'unknown', code, data };
  }
}
