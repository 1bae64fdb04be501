/**
 * The DHCPv6 options that have a codec, and what follows from the list. A new option is one file and one entry here.
 */
import { clientIdCodec } from './client-id.ts';
import { dnsServersCodec } from './dns-servers.ts';
import { domainListCodec } from './domain-list.ts';
import { elapsedTimeCodec } from './elapsed-time.ts';
import { iaAddressCodec } from './ia-address.ts';
import { iaNaCodec } from './ia-na.ts';
import { iaPdCodec } from './ia-pd.ts';
import { iaPrefixCodec } from './ia-prefix.ts';
import { iaTaCodec } from './ia-ta.ts';
import { infMaxRtCodec } from './inf-max-rt.ts';
import { informationRefreshTimeCodec } from './information-refresh-time.ts';
import type { Dhcpv6OptionCodec, OptionListCodec, UnknownDhcpv6Option } from './option.ts';
import { optionRequestCodec } from './option-request.ts';
import { preferenceCodec } from './preference.ts';
import { rapidCommitCodec } from './rapid-commit.ts';
import { serverIdCodec } from './server-id.ts';
import { solMaxRtCodec } from './sol-max-rt.ts';
import { statusCodeCodec } from './status-code.ts';

/** Ordered by code; no code and no kind appears twice. */
export const dhcpv6OptionCodecs = [
  clientIdCodec,
  serverIdCodec,
  iaNaCodec,
  iaTaCodec,
  iaAddressCodec,
  optionRequestCodec,
  preferenceCodec,
  elapsedTimeCodec,
  statusCodeCodec,
  rapidCommitCodec,
  dnsServersCodec,
  domainListCodec,
  iaPdCodec,
  iaPrefixCodec,
  informationRefreshTimeCodec,
  solMaxRtCodec,
  infMaxRtCodec,
] as const;

/** What a DHCPv6 option can be: a union over `kind`. */
export type Dhcpv6Option =
  HoldingAny<ReturnType<(typeof dhcpv6OptionCodecs)[number]['decode']>> | UnknownDhcpv6Option;

/** The option of that kind. */
export type Dhcpv6OptionOf<Kind extends Dhcpv6Option['kind']> = Extract<
  Dhcpv6Option,
  { readonly kind: Kind }
>;

/** An option that holds options may hold any; the others stay as they are. */
type HoldingAny<Option> = Option extends { readonly options: readonly unknown[] }
  ? { [Key in keyof Option]: Key extends 'options' ? readonly Dhcpv6Option[] : Option[Key] }
  : Option;

type AnyCodec = Dhcpv6OptionCodec<Dhcpv6Option, Dhcpv6Option>;

const codecs: readonly AnyCodec[] = dhcpv6OptionCodecs;
const byCode: ReadonlyMap<number, AnyCodec> = new Map(codecs.map((codec) => [codec.code, codec]));
const byKind: ReadonlyMap<string, AnyCodec> = new Map(codecs.map((codec) => [codec.kind, codec]));

export function optionCode(option: Dhcpv6Option): number {
  return option.kind === 'unknown' ? option.code : byKind.get(option.kind)!.code;
}

/** What stands behind code and length. */
export function encodeOptionData(
  option: Dhcpv6Option,
  nested: OptionListCodec<Dhcpv6Option>,
): Uint8Array {
  return option.kind === 'unknown' ? option.data : byKind.get(option.kind)!.encode(option, nested);
}

export function decodeOptionData(
  code: number,
  data: Uint8Array,
  nested: OptionListCodec<Dhcpv6Option>,
): Dhcpv6Option {
  return byCode.get(code)?.decode(data, nested) ?? { kind: 'unknown', code, data };
}
