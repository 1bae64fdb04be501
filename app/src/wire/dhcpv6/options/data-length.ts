/** The check that every DHCPv6 option of fixed size begins with. */
import { ParseError } from '../../../core/errors.ts';

export function requireDataLength(data: Uint8Array, length: number, what: string): void {
  if (data.length !== length) {
    const problem = `${data.length} bytes, expected ${length}`;
    throw new ParseError(what, Math.min(data.length, length), problem);
  }
}
