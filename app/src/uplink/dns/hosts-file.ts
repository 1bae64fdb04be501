/** Names that the operator wrote down in /etc/hosts (hosts(5)): they need no server and win over any. */
import { parseAddressLiteral } from '../address-literal.ts';

export const hostsFile = '/etc/hosts';

/** In the order of the file. */
export function addressesInHosts(text: string, name: string): string[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isNamed = names.some((entry) => entry.toLowerCase() === wanted);
    const literal = isNamed ? parseAddressLiteral(address) : undefined;
    return literal === undefined ? [] : [literal];
  });
}
