/** As `tls-context.ts`, for TLS in the addon. */
import { TlsContext, TlsOptionError, type ProviderKey } from 'tls-stream';
import { EnvironmentError } from '../core/errors.ts';
import type { Identity } from './identity.ts';
import { refusedByLibrary, signatureAlgorithms, type HelloParameters } from './tls-context.ts';

/** Which options are the identity's. */
const credentials: readonly string[] = ['roots', 'certificate', 'key'];

/** Throws IdentityError for credentials that the library does not use. */
export function createNativeContext(
  { ca, cert, key, tpmKey }: Pick<Identity, 'ca' | 'cert' | 'key' | 'tpmKey'>,
  { ciphers, groups }: HelloParameters,
): TlsContext {
  const make = (ofKey: string | ProviderKey): TlsContext =>
    new TlsContext({
      ...{ roots: ca, certificate: cert, key: ofKey, minVersion: 'TLSv1.2' },
      ...{ ciphers, groups, signatureAlgorithms },
    });
  try {
    if (tpmKey === undefined) return make(key);
    return tpmKey.context(JSON.stringify([ca, cert, ciphers, groups]), make);
  } catch (cause) {
    if (!(cause instanceof TlsOptionError)) throw cause;
    if (credentials.includes(cause.option)) throw refusedByLibrary(cause.code, undefined, cause);
    const problem = `the TLS library of this Node.js lacks what the tunnel needs (${cause.code}); use another Node.js`;
    throw new EnvironmentError(problem, { errno: 'ENOTSUP', syscall: 'TLS context', cause });
  }
}
