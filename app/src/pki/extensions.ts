/** The extensions of our three kinds of certificate (RFC 5280 section 4.2), in one table. */
import forge from 'node-forge';
import type { AlternativeName } from './alternative-name.ts';

const { asn1 } = forge;
type Node = forge.asn1.Asn1;

export type CertificateRole = 'authority' | 'server' | 'client';

export interface ExtensionOptions {
  readonly role: CertificateRole;
  readonly subjectKeyId: Buffer;
  readonly authorityKeyId: Buffer;
  readonly names: readonly AlternativeName[];
}

const oid = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

/** BIT STRING content: unused bits, then the bits from the left (digitalSignature 0, keyCertSign 5, cRLSign 6). */
const keyUsageBits = {
  authority: [1, 0b0000_0110],
  server: [7, 0b1000_0000],
  client: [7, 0b1000_0000],
};

export function encodeExtensions(options: ExtensionOptions): Node {
  const { role, names } = options;
  const list = [
    extension(oid.basicConstraints, true, basicConstraints(role)),
    extension(oid.keyUsage, true, primitive(asn1.Type.BITSTRING, Buffer.from(keyUsageBits[role]))),
    extension(oid.subjectKeyIdentifier, false, octets(options.subjectKeyId)),
    extension(oid.authorityKeyIdentifier, false, sequence([context(0, options.authorityKeyId)])),
  ];
  if (role !== 'authority') {
    const purpose = role === 'server' ? oid.serverAuth : oid.clientAuth;
    list.push(extension(oid.extendedKeyUsage, false, sequence([objectId(purpose)])));
  }
  if (names.length > 0) {
    const encoded = names.map((name) => context(name.kind === 'dns' ? 2 : 7, name.bytes));
    list.push(extension(oid.subjectAltName, false, sequence(encoded)));
  }
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, 3, true, [sequence(list)]);
}

function basicConstraints(role: CertificateRole): Node {
  if (role !== 'authority') return sequence([]);
  const noIntermediates = primitive(asn1.Type.INTEGER, Buffer.of(0));
  return sequence([primitive(asn1.Type.BOOLEAN, Buffer.of(0xff)), noIntermediates]);
}

function extension(id: string, critical: boolean, value: Node): Node {
  const flag = critical ? [primitive(asn1.Type.BOOLEAN, Buffer.of(0xff))] : [];
  const body = Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
  return sequence([objectId(id), ...flag, octets(body)]);
}

function sequence(parts: Node[]): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts);
}

function octets(bytes: Uint8Array): Node {
  return primitive(asn1.Type.OCTETSTRING, bytes);
}

function objectId(dotted: string): Node {
  return primitive(asn1.Type.OID, Buffer.from(asn1.oidToDer(dotted).getBytes(), 'latin1'));
}

function primitive(type: forge.asn1.Type, bytes: Uint8Array): Node {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, Buffer.from(bytes).toString('latin1'));
}

function context(tag: number, bytes: Uint8Array): Node {
  const text = Buffer.from(bytes).toString('latin1');
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, text);
}
