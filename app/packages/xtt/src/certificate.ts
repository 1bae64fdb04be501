/**
 * XTT's own certificates, which are not X.509. A server certificate (169 bytes): 24 bytes that clients ignore, the id
 * of its root (16), the server's P-256 public key (65), and the root's signature of everything before (64). A root
 * certificate (81): the root's id and its public key. Clients check neither a name nor a validity period; trust follows
 * from the root's key alone.
 */
import { concat, isEqual, copy } from './bytes.ts';
import { isEcdsaPublicKey, isEcdsaSignature, requireEcdsaPublicKey } from './ecdsa.ts';
import type { EcdsaKey } from './ecdsa.ts';
import { parseLength, requireLength, XttError, XttParseError } from './errors.ts';
import { ecdsaSignatureLength, p256PublicLength, serverCertificateLength } from './message.ts';

export const rootIdLength = 16;
export const rootCertificateLength = rootIdLength + p256PublicLength;
const reservedLength = 24;
const signedLength = serverCertificateLength - ecdsaSignatureLength;
const keyOffset = reservedLength + rootIdLength;

/** What deployed servers have in the reserved bytes: an id and an expiry of an older format. */
const defaultReserved = new TextEncoder().encode('XAPTUMSERVER000199991231');

export interface RootCertificate {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** 65 bytes. */
  readonly publicKey: Uint8Array;
}

/** Reads the 81 bytes of a root certificate's file. Throws an XttParseError. */
export function readRootCertificate(bytes: Uint8Array): RootCertificate {
  parseLength('XTT root certificate', bytes, rootCertificateLength);
  const publicKey = copy(bytes, rootIdLength);
  if (!isEcdsaPublicKey(publicKey)) {
    const problem = 'the public key is not an uncompressed point of P-256';
    throw new XttParseError('XTT root certificate', rootIdLength, problem);
  }
  return { id: copy(bytes, 0, rootIdLength), publicKey };
}

/** The bytes of a root certificate: `id` has 16, `publicKey` 65. */
export function rootCertificate(id: Uint8Array, publicKey: Uint8Array): Uint8Array {
  requireLength('the id of the root', id, rootIdLength);
  requireEcdsaPublicKey('the public key of the root', publicKey);
  return concat(id, publicKey);
}

/** The certificate of a server with `publicKey` (65 bytes), issued by the root `rootId` (16 bytes) with its key. */
export function issueServerCertificate(
  rootId: Uint8Array,
  rootKey: Pick<EcdsaKey, 'sign'>,
  publicKey: Uint8Array,
): Uint8Array {
  requireLength('the id of the root', rootId, rootIdLength);
  requireEcdsaPublicKey('the public key of the server', publicKey);
  const signed = concat(defaultReserved, rootId, publicKey);
  return concat(signed, rootKey.sign(signed));
}

/**
 * The public key (65 bytes) of a server certificate (169 bytes) that `root` issued. Throws an XttError `root` when it
 * names another root, `certificate-signature` when the signature is wrong.
 */
export function verifiedServerKey(certificate: Uint8Array, root: RootCertificate): Uint8Array {
  requireLength('the server certificate', certificate, serverCertificateLength);
  if (!isEqual(certificate.subarray(reservedLength, keyOffset), root.id)) {
    throw new XttError('root', 'the certificate of the XTT server is of another root');
  }
  const signed = certificate.subarray(0, signedLength);
  if (!isEcdsaSignature(root.publicKey, signed, certificate.subarray(signedLength))) {
    throw new XttError('certificate-signature', 'the root did not sign the certificate');
  }
  return serverKeyOf(certificate);
}

/** The public key in a server certificate, unverified. */
export function serverKeyOf(certificate: Uint8Array): Uint8Array {
  return copy(certificate, keyOffset, signedLength);
}
