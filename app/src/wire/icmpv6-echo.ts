/** ICMPv6 echo request and reply (RFC 4443 section 4), control plane: decode throws ParseError. */
import { ParseError } from '../core/errors.ts';
import { readUint16, writeUint16 } from './bytes.ts';
import { icmpv6Type, type Icmpv6Message } from './icmpv6.ts';

/** Identifier and sequence number. */
const minimumBody = 4;

export interface Echo {
  readonly kind: 'request' | 'reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export function encodeEcho(echo: Echo): Icmpv6Message {
  const body = new Uint8Array(minimumBody + echo.data.length);
  writeUint16(body, 0, echo.identifier);
  writeUint16(body, 2, echo.sequence);
  body.set(echo.data, minimumBody);
  const type = echo.kind === 'request' ? icmpv6Type.echoRequest : icmpv6Type.echoReply;
  return { type, code: 0, body };
}

export function decodeEcho(message: Icmpv6Message): Echo {
  const what = 'ICMPv6 echo';
  const { type, code, body } = message;
  if (type !== icmpv6Type.echoRequest && type !== icmpv6Type.echoReply) {
    throw new ParseError(what, 0, `type is ${type}`);
  }
  if (code !== 0) throw new ParseError(what, 1, `code is ${code}`);
  if (body.length < minimumBody) throw new ParseError(what, 4 + body.length, 'cut short');
  return {
    kind: type === icmpv6Type.echoRequest ? 'request' : 'reply',
    identifier: readUint16(body, 0),
    sequence: readUint16(body, 2),
    data: body.subarray(minimumBody),
  };
}
