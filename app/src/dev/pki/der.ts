/** The few DER pieces (X.690) that certificates are made of, on node-forge's writer. Bytes in, nodes out. */
import forge from 'node-forge';

const { asn1 } = forge;
export type Node = forge.asn1.Asn1;
const { Class, Type } = asn1;

export function sequence(parts: Node[]): Node {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, parts);
}

export function set(parts: Node[]): Node {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, parts);
}

/** `bytes` is the content as it stands in the encoding: two's complement, most significant byte first. */
export function integer(bytes: Uint8Array): Node {
  return primitive(Type.INTEGER, bytes);
}

export function boolean(value: boolean): Node {
  return primitive(Type.BOOLEAN, Uint8Array.of(value ? 0xff : 0));
}

export function octetString(bytes: Uint8Array): Node {
  return primitive(Type.OCTETSTRING, bytes);
}

/** The last `unusedBits` bits of `bytes` do not count. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Node {
  return primitive(Type.BITSTRING, Uint8Array.of(unusedBits, ...bytes));
}

export function utf8String(text: string): Node {
  return primitive(Type.UTF8, Buffer.from(text, 'utf8'));
}

export function objectId(dotted: string): Node {
  return primitive(Type.OID, Buffer.from(asn1.oidToDer(dotted).getBytes(), 'latin1'));
}

export function utcTime(digits: string): Node {
  return primitive(Type.UTCTIME, Buffer.from(digits, 'latin1'));
}

export function generalizedTime(digits: string): Node {
  return primitive(Type.GENERALIZEDTIME, Buffer.from(digits, 'latin1'));
}

/** Context-specific tag around whole elements (EXPLICIT). */
export function explicit(tag: number, part: Node): Node {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, true, [part]);
}

/** Context-specific tag in place of a primitive element's own (IMPLICIT). */
export function implicit(tag: number, bytes: Uint8Array): Node {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, false, binary(bytes));
}

export function parseDer(bytes: Uint8Array): Node {
  return asn1.fromDer(binary(bytes));
}

export function encodeDer(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

function primitive(type: forge.asn1.Type, bytes: Uint8Array): Node {
  return asn1.create(Class.UNIVERSAL, type, false, binary(bytes));
}

/** node-forge carries bytes as a string of code points 0..255. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
