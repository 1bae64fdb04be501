/**
 * The options that the client requested and that we have (RFC 8415 section 21.7): name servers and search list (RFC
 * 3646), and the times after which the client asks again. Options that were not requested are not sent.
 */
import { dnsServersCodec } from '../../wire/dhcpv6/options/dns-servers.ts';
import { domainListCodec } from '../../wire/dhcpv6/options/domain-list.ts';
import { infMaxRtCodec } from '../../wire/dhcpv6/options/inf-max-rt.ts';
import { informationRefreshTimeCodec } from '../../wire/dhcpv6/options/information-refresh-time.ts';
import { findDhcpv6Option } from '../../wire/dhcpv6/options/option-list.ts';
import type { Dhcpv6Option } from '../../wire/dhcpv6/options/registry.ts';
import { solMaxRtCodec } from '../../wire/dhcpv6/options/sol-max-rt.ts';
import type { DnsSettings } from '../dns-settings.ts';
import type { AnsweredKind } from './acceptance.ts';

/**
 * The least that section 21.24 permits. The usual hour is for servers with many clients; here a host that found the
 * card without its identity should notice within a minute that it has one.
 */
const maxRetransmissionSeconds = 60;
/** A stateless host learns about changed name servers as soon as one with an address does. */
const refreshSeconds = 14_400;

export function requestedOptions(
  kind: AnsweredKind,
  options: readonly Dhcpv6Option[],
  dns: DnsSettings,
): Dhcpv6Option[] {
  const asked = new Set(findDhcpv6Option(options, 'option-request')?.codes);
  const answer: Dhcpv6Option[] = [];
  if (asked.has(dnsServersCodec.code) && dns.servers.length > 0) {
    answer.push({ kind: 'dns-servers', servers: dns.servers });
  }
  if (asked.has(domainListCodec.code) && dns.search.length > 0) {
    answer.push({ kind: 'domain-list', names: dns.search });
  }
  if (asked.has(solMaxRtCodec.code)) {
    answer.push({ kind: 'sol-max-rt', seconds: maxRetransmissionSeconds });
  }
  if (asked.has(infMaxRtCodec.code)) {
    answer.push({ kind: 'inf-max-rt', seconds: maxRetransmissionSeconds });
  }
  // Section 21.23: it has a meaning only in this one reply.
  if (kind === 'information-request' && asked.has(informationRefreshTimeCodec.code)) {
    answer.push({ kind: 'information-refresh-time', seconds: refreshSeconds });
  }
  return answer;
}
