import { parseDomainName, type DomainName } from '../../../src/wire/domain-name.ts';

/** Names as the configuration has them. */
export function domainNames(...texts: readonly string[]): DomainName[] {
  return texts.map((text) => parseDomainName(text)!);
}
