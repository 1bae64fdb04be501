/**
 * The bodies of the two calls to the ENF's identity service, as bytes: the password gets from the terminal into the
 * body without ever being a string, which JavaScript could not erase.
 */
import type { NamedRequest } from './address-request.ts';

export function loginBody(user: string, password: Uint8Array): Buffer {
  const secret = jsonString(password);
  const body = Buffer.concat([
    Buffer.from(`{"username":${JSON.stringify(user)},"token":`),
    secret,
    Buffer.from('}'),
  ]);
  secret.fill(0);
  return body;
}

/** `point`: the public key, uncompressed (X9.62). */
export function endpointBody(request: NamedRequest, point: Uint8Array): Buffer {
  const key = Buffer.from(point).toString('hex').toUpperCase();
  return Buffer.from(
    JSON.stringify({
      ecdsa_credential: { type: 'ecdsa_p256', key },
      address_request: { [request.kind]: request.text },
    }),
  );
}

const quote = 0x22;
const backslash = 0x5c;
/** A control character becomes six bytes. */
const longestEscape = 6;

/** UTF-8 text as a string of JSON (RFC 8259 section 7). */
function jsonString(text: Uint8Array): Buffer {
  const bytes = Buffer.alloc(text.length * longestEscape + 2);
  let length = bytes.writeUInt8(quote);
  for (const byte of text) {
    if (byte === quote || byte === backslash) length = bytes.writeUInt8(backslash, length);
    if (byte < 0x20) length += bytes.write(`\\u00${byte.toString(16).padStart(2, '0')}`, length);
    else length = bytes.writeUInt8(byte, length);
  }
  length = bytes.writeUInt8(quote, length);
  return bytes.subarray(0, length);
}
