/**
 * What the connections of one identity have in common. OpenSSL judges all of it here, so an unusable key or an unknown
 * cipher shows before there is a connection.
 */
import { TlsOptionError } from './errors.ts';
import { addon, type NativeContext } from './native.ts';
import { ProviderKey } from './provider-key.ts';

export interface TlsContextOptions {
  /** PEM: the roots below which a server is trusted, and no others. */
  readonly roots: string;
  /** PEM: our certificate, and behind it those that lead to its root. Absent: none is shown. */
  readonly certificate?: string;
  /** PEM, without a passphrase; or a key that a provider has. */
  readonly key?: string | ProviderKey;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** As in `node:tls`: names of OpenSSL for all versions, separated by colons. Absent: OpenSSL's. */
  readonly ciphers?: string;
  /** Groups for the key exchange, separated by colons. */
  readonly groups?: string;
  /** Signature algorithms, separated by colons. */
  readonly signatureAlgorithms?: string;
}

const version = { 'TLSv1.2': 0x0303, 'TLSv1.3': 0x0304 } as const;

export class TlsContext {
  /** For this package. */
  readonly native: NativeContext;

  /** Throws TlsOptionError for what OpenSSL refuses, TlsAddonError where it cannot be used. */
  constructor(options: TlsContextOptions) {
    if (options.key && !options.certificate) {
      const problem = 'there is a key, and no certificate for it';
      throw new TlsOptionError('certificate', problem, 'ERR_INVALID_ARG_VALUE');
    }
    const { suites, others } = splitCiphers(options.ciphers ?? '');
    const lowest = suites !== '' && others === '' ? 'TLSv1.3' : (options.minVersion ?? 'TLSv1.2');
    const highest = suites === '' && others !== '' ? 'TLSv1.2' : 'TLSv1.3';
    const result = addon().createContext(
      Buffer.from(options.roots),
      Buffer.from(options.certificate ?? ''),
      options.key instanceof ProviderKey ? options.key.native : Buffer.from(options.key ?? ''),
      others,
      suites,
      options.groups ?? '',
      options.signatureAlgorithms ?? '',
      version[lowest],
      version[highest],
    );
    if (result.option !== undefined) {
      const option = result.option === '' ? 'context' : result.option;
      throw new TlsOptionError(option, 'OpenSSL cannot use it', result.code);
    }
    this.native = result;
  }

  /** For one with a key of a provider: its place in the device is free once no session uses it. No more sessions. */
  close(): void {
    addon().closeContext(this.native);
  }
}

/** OpenSSL has two lists: one for TLS 1.3, whose names begin with TLS_, and one for what came before. */
function splitCiphers(ciphers: string): { suites: string; others: string } {
  const names = ciphers.split(':').filter((name) => name !== '');
  const isSuite = (name: string): boolean => name.startsWith('TLS_');
  return {
    suites: names.filter(isSuite).join(':'),
    others: names.filter((name) => !isSuite(name)).join(':'),
  };
}
