/** Domain Search List (RFC 3646 section 4). */
import { decodeDomainNames, encodeDomainNames } from '../../domain-name.ts';

export const domainListCode = 24;

export interface DomainListOption {
  readonly kind: 'domain-list';
  /** Text as in `domain-name.ts`. */
  readonly names: readonly string[];
}

export function encodeDomainList(option: DomainListOption): Uint8Array {
  return encodeDomainNames(option.names);
}

export function decodeDomainList(data: Uint8Array): DomainListOption {
  const names = decodeDomainNames(data, 'DHCPv6 Domain List option', false);
  return { kind: 'domain-list', names };
}
