/**
 * What a DHCPv6 option can be: a union over `kind`, one file per member. Only types, so that options which hold options
 * can name it without a circle at run time.
 */
import type { ClientIdOption } from './client-id.ts';
import type { ServerIdOption } from './server-id.ts';
import type { IaNaOption } from './ia-na.ts';
import type { IaTaOption } from './ia-ta.ts';
import type { IaAddressOption } from './ia-address.ts';
import type { OptionRequestOption } from './option-request.ts';
import type { PreferenceOption } from './preference.ts';
import type { ElapsedTimeOption } from './elapsed-time.ts';
import type { StatusCodeOption } from './status-code.ts';
import type { RapidCommitOption } from './rapid-commit.ts';
import type { DnsServersOption } from './dns-servers.ts';
import type { DomainListOption } from './domain-list.ts';
import type { IaPdOption } from './ia-pd.ts';
import type { IaPrefixOption } from './ia-prefix.ts';
import type { InformationRefreshTimeOption } from './information-refresh-time.ts';
import type { SolMaxRtOption } from './sol-max-rt.ts';
import type { InfMaxRtOption } from './inf-max-rt.ts';

/** A code without a codec here. */
export interface UnknownDhcpv6Option {
  readonly kind: 'unknown';
  readonly code: number;
  readonly data: Uint8Array;
}

export type Dhcpv6Option =
  | ClientIdOption
  | ServerIdOption
  | IaNaOption
  | IaTaOption
  | IaAddressOption
  | OptionRequestOption
  | PreferenceOption
  | ElapsedTimeOption
  | StatusCodeOption
  | RapidCommitOption
  | DnsServersOption
  | DomainListOption
  | IaPdOption
  | IaPrefixOption
  | InformationRefreshTimeOption
  | SolMaxRtOption
  | InfMaxRtOption
  | UnknownDhcpv6Option;

/** Codec for the options inside an option, one level down; `option-list.ts` hands it to those that need it. */
export interface OptionListCodec {
  encode(options: readonly Dhcpv6Option[]): Uint8Array;
  decode(bytes: Uint8Array): Dhcpv6Option[];
}
