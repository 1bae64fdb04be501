/** Whether a server, after the handshake, is the one that the configuration asks for; and if not, why. */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { distrustOf, type Evidence } from './distrust.ts';
import { keyPin } from './key-pin.ts';
import { onlyNotYetValid } from './not-yet-valid.ts';
import { asTlsFailure } from './tls-failure.ts';
import { UplinkError } from './uplink-error.ts';

/** What the configuration asks of a server. */
export interface Expectations {
  /** PEM: the same as in the context, for reporting what is wrong with a certificate. */
  readonly roots: string;
  readonly serverName: string | undefined;
  /** SHA-256 of acceptable SubjectPublicKeyInfo structures, base64; empty: any key below the roots. */
  readonly serverPins: readonly string[];
}

/**
 * Throws an UplinkError for a server that is not to be used. What the library says stands, but for the time where it
 * was set not to reject: then the result is the time that it must at least be.
 */
export function judge(
  session: TLSSocket,
  leaf: X509Certificate | undefined,
  expectations: Expectations,
): Date | undefined {
  const { roots, serverName, serverPins } = expectations;
  const evidence: Evidence = { leaf, roots, now: new Date() };
  let begins: Date | undefined;
  if (!session.authorized) {
    const code = verdictCode(session) ?? 'CERT_UNTRUSTED';
    if (code !== 'CERT_NOT_YET_VALID') throw distrustOf(code, evidence);
    begins = leaf && onlyNotYetValid(leaf, roots, evidence.now);
    if (begins === undefined) throw distrustOf('CERT_UNTRUSTED', evidence);
  }
  if (serverName !== undefined && leaf?.checkHost(serverName) === undefined) {
    throw distrustOf('ERR_TLS_CERT_ALTNAME_INVALID', evidence);
  }
  requirePin(leaf, serverPins);
  return begins;
}

/** What an error before or in the handshake means. */
export function failureOf(
  session: TLSSocket,
  leaf: X509Certificate | undefined,
  { roots }: Expectations,
  cause: Error,
): Error {
  const code = verdictCode(session);
  if (code === undefined) return asTlsFailure(cause);
  return distrustOf(code, { leaf, roots, now: new Date(), cause });
}

/** Of the verification; undefined when it was good, or has not been. */
function verdictCode(session: TLSSocket): string | undefined {
  // Typed as an Error, but it holds a code; null or undefined when all was fine.
  const code = session.authorizationError as unknown;
  return typeof code === 'string' ? code : undefined;
}

function requirePin(leaf: X509Certificate | undefined, pins: readonly string[]): void {
  if (pins.length === 0) return;
  const pin = leaf && keyPin(leaf);
  if (pin === undefined || !pins.includes(pin)) throw notPinned(pin);
}

/** The server's key, whose pin this is, is not one of those in the configuration. */
export function notPinned(pin: string | undefined): UplinkError {
  return new UplinkError(
    'server-untrusted',
    `the server's key has pin ${pin ?? 'unknown'}, which remote.server_pins does not list; ` +
      'if the operator of the server confirms it, add it there',
    { errno: 'EKEYREJECTED', syscall: 'TLS handshake' },
  );
}
