/**
 * Names of servers. OpenSSL takes more than a name for one: to the check of a certificate a leading dot means every
 * host below it, and a zero byte ends the name early.
 */
import { isIP } from 'node:net';
import { TlsOptionError } from './errors.ts';

const mostBytes = 253;
/** RFC 1123 section 2.1, and RFC 1035 section 2.3.4 for the length; underscores occur in practice. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Returns the name, or throws a TlsOptionError for what is not the name of one host, without a dot at its end. */
export function checkedServerName(name: string): string {
  if (isIP(name) !== 0) return refuse('it is an address');
  if (name.length <= mostBytes && name.split('.').every((part) => label.test(part))) return name;
  return refuse(`${JSON.stringify(name.slice(0, mostBytes))} is not the name of a host`);
}

function refuse(problem: string): never {
  throw new TlsOptionError('serverName', problem, 'ERR_INVALID_ARG_VALUE');
}
