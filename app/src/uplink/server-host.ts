/** A server as the configuration names it. Whether that is an address or a name is decided here, once. */
import { isDomainName } from '../wire/domain-name.ts';
import { parseAddressLiteral, type AddressLiteral } from './address-literal.ts';

export type ServerHost =
  | { readonly kind: 'address'; readonly text: AddressLiteral }
  | { readonly kind: 'name'; readonly text: string };

/** Undefined for what is neither. Digits and dots alone are an address with a mistake in it. */
export function parseServerHost(text: string): ServerHost | undefined {
  const address = parseAddressLiteral(text);
  if (address !== undefined) return { kind: 'address', text: address };
  return isDomainName(text) && !/^[\d.]+$/.test(text) ? { kind: 'name', text } : undefined;
}

/** An address is its own; a name is resolved. */
export async function addressesOf(
  { kind, text }: ServerHost,
  resolveName: (name: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return kind === 'address' ? [text] : await resolveName(text);
}
