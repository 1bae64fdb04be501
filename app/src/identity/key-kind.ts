/**
 * Which private keys can prove a client in TLS 1.3 (RFC 8446 section 4.2.3). With any other, servers see no certificate
 * at all.
 */
import type { KeyObject } from 'node:crypto';

const kinds: readonly string[] = ['rsa', 'rsa-pss', 'ed25519', 'ed448'];
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** `a secp256k1 key` for a key that no server of TLS 1.3 takes; undefined for one that is good. */
export function unusableKind(key: KeyObject): string | undefined {
  const kind = key.asymmetricKeyType ?? 'unknown';
  if (kinds.includes(kind)) return undefined;
  if (kind !== 'ec') return `a ${kind.toUpperCase()} key`;
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === undefined) return 'a key on a curve without a name';
  return curves.includes(curve) ? undefined : `a ${curve} key`;
}
