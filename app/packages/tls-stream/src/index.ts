/** TLS as a client on a descriptor, in bursts, with the OpenSSL of the running Node.js. */
import { addon } from './native.ts';

export { TlsContext, type TlsContextOptions } from './context.ts';
export * from './errors.ts';
export { ProviderKey, type ProviderKeyOptions } from './provider-key.ts';
export { openTls, type KeyLimits, type OpenTlsOptions } from './open-tls.ts';
export type { TlsCounters, TlsEnd, TlsHandlers, TlsStream } from './stream.ts';
export { trustCodes } from './verify-codes.ts';

/**
 * Throws TlsAddonError where this package cannot be used, so that `node:tls` can be chosen before there is a
 * connection.
 */
export function requireNativeTls(): void {
  addon();
}
