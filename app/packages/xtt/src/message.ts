/**
 * The five messages of the identity handshake: types, lengths, and the header that all of them begin with: type (1
 * byte), length of the whole message (2), version (1). Except for Error, the suite follows (2). Type values are those
 * of deployed ends, where they differ from draft-xaptum-xtt.
 */
import { concat, readUint16, uint16 } from './bytes.ts';
import { groupIdLength } from './daa-group.ts';
import { daaSignatureLength } from './daa-signature.ts';
import { XttError, XttParseError } from './errors.ts';
import { tagLength, type Suite } from './suite.ts';

export const protocolVersion = 1;
export const errorHeaderLength = 4;
export const headerLength = 6;
export const nonceLength = 32;
export const x25519Length = 32;
export const cookieLength = 130;
export const ecdsaSignatureLength = 64;
/** An X9.62 uncompressed point of P-256. */
export const p256PublicLength = 65;
export const serverCertificateLength = 169;
export const clientIdLength = 16;

export type MessageType =
  'ClientInit' | 'ServerInitAndAttest' | 'ClientAttest' | 'ServerFinished' | 'Error';

/** Of ServerInitAndAttest and ClientAttest: what is not encrypted, and is authenticated with the rest. */
export const serverAttestClearLength = headerLength + x25519Length + cookieLength;
export const clientAttestClearLength = headerLength + cookieLength;

/** Bytes of what is encrypted. */
export const serverAttestPlainLength = serverCertificateLength + ecdsaSignatureLength;
export const clientAttestPlainLength =
  p256PublicLength + groupIdLength + clientIdLength + ecdsaSignatureLength + daaSignatureLength;
export const serverFinishedPlainLength = clientIdLength + p256PublicLength;

/** Type on the wire and length: both AEADs have the same tag, so the suite does not matter. */
export const layouts: Readonly<Record<MessageType, { type: number; length: number }>> = {
  ClientInit: { type: 0x01, length: headerLength + nonceLength + x25519Length },
  ServerInitAndAttest: {
    type: 0x02,
    length: serverAttestClearLength + serverAttestPlainLength + tagLength,
  },
  ClientAttest: {
    type: 0x11,
    length: clientAttestClearLength + clientAttestPlainLength + tagLength,
  },
  ServerFinished: { type: 0x13, length: headerLength + serverFinishedPlainLength + tagLength },
  Error: { type: 0x41, length: errorHeaderLength },
};

/** The Error message, which has no contents. */
export function errorMessage(): Uint8Array {
  const { type, length } = layouts.Error;
  return concat(Uint8Array.of(type), uint16(length), Uint8Array.of(protocolVersion));
}

/** The first 6 bytes of a message. */
export function header(of: Exclude<MessageType, 'Error'>, suite: Suite): Uint8Array {
  const { type, length } = layouts[of];
  const head = Uint8Array.of(type, length >>> 8, length & 0xff, protocolVersion);
  return concat(head, uint16(suite.id));
}

/**
 * Judges the beginning of a message, as far as it is there: the type must be `expected`, the length that of the type,
 * the version ours. Throws an XttError `unexpected-message`, `peer-error`, `malformed` or `version` at the first byte
 * that is wrong, so that a wrong message is not waited for. The suite is judged by the caller that expects one.
 */
export function checkHeader(expected: MessageType, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const found = (Object.keys(layouts) as MessageType[]).find(
    (name) => layouts[name].type === bytes[0],
  );
  if (found === undefined) throw new XttParseError('XTT message', 0, 'its type is unknown');
  if (found !== expected && found !== 'Error') {
    throw new XttError('unexpected-message', `the peer sent ${found}; expected ${expected}`);
  }
  const { length } = layouts[found];
  if (bytes.length >= 3 && readUint16(bytes, 1) !== length) {
    const problem = `its length is ${readUint16(bytes, 1)}; expected ${length}`;
    throw new XttParseError(found, 1, problem);
  }
  if (bytes.length >= errorHeaderLength && bytes[3] !== protocolVersion) {
    const versions = `version ${bytes[3]!} of XTT; expected ${protocolVersion}`;
    throw new XttError('version', `the peer speaks ${versions}`);
  }
  if (bytes.length >= errorHeaderLength && found === 'Error') {
    throw new XttError('peer-error', 'the peer ended the handshake with an Error message');
  }
}

/** The id of the suite of a message whose header was checked. */
export function suiteIdOf(message: Uint8Array): number {
  return readUint16(message, errorHeaderLength);
}

/** Throws an XttError `suite` unless the message has the id of `suite`. */
export function checkSuite(message: Uint8Array, suite: Suite): void {
  const found = suiteIdOf(message);
  if (found === suite.id) return;
  throw new XttError('suite', `the peer uses suite ${found}; expected ${suite.id}`);
}
