/** Domain Search List (RFC 3646 section 4). */
import { decodeDomainNames, encodeDomainNames } from '../../domain-name.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface DomainListOption {
  readonly kind: 'domain-list';
  /** Text as in `domain-name.ts`. */
  readonly names: readonly string[];
}

/** OPTION_DOMAIN_LIST (RFC 3646 section 4). */
export const domainListCodec: Dhcpv6OptionCodec<DomainListOption> = {
  code: 24,
  kind: 'domain-list',

  encode(option) {
    return encodeDomainNames(option.names);
  },

  decode(data) {
    const names = decodeDomainNames(data, 'DHCPv6 Domain List option', false);
    return { kind: 'domain-list', names };
  },
};
