/**
 * Texts of the log without the names of the system's errors: what a person reads has their meaning in words. The names
 * stay in the log and in the status for programs.
 */
import { getSystemErrorMap } from 'node:util';

const meanings = new Map<string, string>(getSystemErrorMap().values());

/** An errno in parentheses behind words that explain it. */
const inBrackets = / \((E[A-Z0-9]{2,})(?: from [^()]*(?:\([^()]*\))?)?\)/g;
/** `ECONNREFUSED from connect`, `EBUSY from ioctl(TUNSETIFF)` or the name alone. */
const named = /\b(E[A-Z0-9]{2,})\b(?: from \w+(?:\(\w+\))?)?/g;

export function withoutErrno(text: string): string {
  return text
    .replace(inBrackets, (whole, name: string) => (meanings.has(name) ? '' : whole))
    .replace(named, (whole, name: string) => meanings.get(name) ?? whole);
}
