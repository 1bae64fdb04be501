/** The extensions of our three kinds of certificate (RFC 5280 section 4.2), in one table. */
import * as der from '../../wire/der-writer.ts';
import type { AlternativeName } from './alternative-name.ts';

export type CertificateRole = 'authority' | 'server' | 'client';

export interface ExtensionOptions {
  readonly role: CertificateRole;
  readonly subjectKeyId: Uint8Array;
  readonly authorityKeyId: Uint8Array;
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

/** Counted from the left: digitalSignature is bit 0, keyCertSign bit 5, cRLSign bit 6. */
const keyUsage = {
  authority: der.bitString(Uint8Array.of(0b0000_0110), 1),
  server: der.bitString(Uint8Array.of(0b1000_0000), 7),
  client: der.bitString(Uint8Array.of(0b1000_0000), 7),
};

export function encodeExtensions(options: ExtensionOptions): Uint8Array {
  const { role, names } = options;
  const authorityKey = der.sequence([der.implicit(0, options.authorityKeyId)]);
  const list = [
    extension(oid.basicConstraints, true, basicConstraints(role)),
    extension(oid.keyUsage, true, keyUsage[role]),
    extension(oid.subjectKeyIdentifier, false, der.octetString(options.subjectKeyId)),
    extension(oid.authorityKeyIdentifier, false, authorityKey),
  ];
  if (role !== 'authority') {
    const purpose = role === 'server' ? oid.serverAuth : oid.clientAuth;
    list.push(extension(oid.extendedKeyUsage, false, der.sequence([der.objectId(purpose)])));
  }
  if (names.length > 0) {
    const encoded = names.map((name) => der.implicit(name.kind === 'dns' ? 2 : 7, name.bytes));
    list.push(extension(oid.subjectAltName, false, der.sequence(encoded)));
  }
  return der.explicit(3, der.sequence(list));
}

function basicConstraints(role: CertificateRole): Uint8Array {
  if (role !== 'authority') return der.sequence([]);
  const noIntermediates = der.integer(Uint8Array.of(0));
  return der.sequence([der.boolean(true), noIntermediates]);
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  const body = der.octetString(value);
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence([der.objectId(id), ...flag, body]);
}
