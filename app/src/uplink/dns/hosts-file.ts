/** Names that the operator wrote down in /etc/hosts (hosts(5)): they need no server and win over any. */
import { isAddressLiteral } from '../address-literal.ts';

export const hostsFile = '/etc/hosts';

/** Empty when the file does not have the name, or cannot be read. */
export async function lookUpInHostsFile(name: string, file = hostsFile): Promise<string[]> {
  let text: string;
  try {
    // Not at the start of the service: many name no server by its name.
    const { readFile } = await import('node:fs/promises');
    text = await readFile(file, 'utf8');
  } catch {
    return [];
  }
  return addressesInHosts(text, name);
}

/** In the order of the file. */
export function addressesInHosts(text: string, name: string): string[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isNamed = names.some((entry) => entry.toLowerCase() === wanted);
    return isNamed && isAddressLiteral(address) ? [address] : [];
  });
}
