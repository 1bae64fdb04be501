/** As `tls-context.ts`, for TLS in the addon. */
import { TlsContext, TlsOptionError } from 'tls-stream';
import { EnvironmentError } from '../core/errors.ts';
import {
  refusedByLibrary,
  signatureAlgorithms,
  type HelloParameters,
  type TlsCredentials,
} from './tls-context.ts';

/** Which options are the identity's. */
const credentials: readonly string[] = ['roots', 'certificate', 'key'];

/** Throws IdentityError for credentials that the library does not use. */
export function createNativeContext(
  { ca, cert, key }: TlsCredentials,
  { ciphers, groups }: HelloParameters,
): TlsContext {
  try {
    return new TlsContext({
      ...{ roots: ca, certificate: cert, key, minVersion: 'TLSv1.2' },
      ...{ ciphers, groups, signatureAlgorithms },
    });
  } catch (cause) {
    if (!(cause instanceof TlsOptionError)) throw cause;
    if (credentials.includes(cause.option)) throw refusedByLibrary(cause.code, undefined, cause);
    const problem = `the TLS library of this Node.js lacks what the tunnel needs (${cause.code}); use another Node.js`;
    throw new EnvironmentError(problem, { errno: 'ENOTSUP', syscall: 'TLS context', cause });
  }
}
