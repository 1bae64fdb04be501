/** Why a call to the identity service brought no answer, in a sentence that ends with what to check. */
import { clip } from '../../core/bounded-text.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { systemErrno } from '../../platform/system-errno.ts';

const longestCode = 60;

/** Nothing of the request or of the answer is in the text. */
export function explainFailure(url: URL, failure: unknown): string {
  const place = url.host;
  // Of several addresses that were tried, the first.
  const error: unknown = failure instanceof AggregateError ? failure.errors[0] : failure;
  if (error instanceof EnvironmentError && error.errno === 'EMSGSIZE') {
    return `${place}: ${error.message}; check --iam-url`;
  }
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `${place}: the name cannot be resolved; check the network, its DNS servers, and --iam-url`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${place}: its certificate is for another name; check --iam-url, and that no proxy intercepts TLS`;
  }
  if (isUntrusted(code)) {
    return (
      `${place}: its certificate is not trusted (${code}); check the clock and the certificate store of this ` +
      `machine, and that no proxy intercepts TLS; --iam-ca FILE names other roots`
    );
  }
  if (code.startsWith('HPE_') || code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return `${place}: does not answer as a web server does (${code}); check --iam-url`;
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return `${place}: closed the connection before its answer was complete; try again later`;
  }
  return `${place}: cannot be reached: ${systemErrno(error).text}; check the network and --iam-url`;
}

/** OpenSSL's verification errors, as Node.js names them. */
function isUntrusted(code: string): boolean {
  return /CERT|^UNABLE_TO|^INVALID_CA|^INVALID_PURPOSE|^PATH_LENGTH|^HOSTNAME_MISMATCH/.test(code);
}

function codeOf(error: unknown): string {
  if (error instanceof EnvironmentError) return error.errno;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN';
  return clip(code, longestCode);
}
