/**
 * Reads from an authority's certificate what the certificates below it must repeat byte for byte: its subject and
 * its key identifier. Accepts authorities that other tools made, as long as the key is EC P-256.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { ConfigError } from '../../core/errors.ts';
import { keyIdentifier } from './certificate.ts';
import type { Issuer } from './certificate.ts';
import * as der from './der.ts';
import type { Node } from './der.ts';

/** `certFile` and `keyFile` name the two texts in errors. */
export interface IssuerSource {
  readonly cert: string;
  readonly certFile: string;
  readonly key: string;
  readonly keyFile: string;
}

export function readIssuer(source: IssuerSource): Issuer {
  const certificate = parse(source.certFile, 'a PEM certificate', () => {
    return new X509Certificate(source.cert);
  });
  const privateKey = parse(source.keyFile, 'an unencrypted PEM private key', () => {
    return createPrivateKey(source.key);
  });
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ConfigError('unsuitable key', {
      file: source.keyFile,
      expected: 'an EC key on the curve P-256',
      found: privateKey.asymmetricKeyDetails?.namedCurve ?? privateKey.asymmetricKeyType ?? 'none',
    });
  }
  if (!certificate.ca) {
    throw new ConfigError('this certificate may not sign others; use the one of an authority', {
      file: source.certFile,
    });
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError(`does not belong to the certificate ${source.certFile}`, {
      file: source.keyFile,
    });
  }
  const fields = children(children(der.parseDer(certificate.raw))[0]);
  return {
    name: fields[5] ?? der.sequence([]),
    keyId: subjectKeyIdentifier(fields.at(-1)) ?? keyIdentifier(certificate.publicKey),
    privateKey,
  };
}

function parse<T>(file: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ConfigError('unusable', { file, expected, found: 'something else', cause });
  }
}

/** The content of extension 2.5.29.14 among the [3] extensions of a certificate. */
function subjectKeyIdentifier(extensions: Node | undefined): Uint8Array | undefined {
  const wanted = forge.asn1.oidToDer('2.5.29.14').getBytes();
  for (const extension of children(children(extensions)[0])) {
    const parts = children(extension);
    const body = parts.at(-1)?.value;
    if (parts[0]?.value !== wanted || typeof body !== 'string') continue;
    const inner = der.parseDer(Buffer.from(body, 'latin1')).value;
    if (typeof inner === 'string') return Buffer.from(inner, 'latin1');
  }
  return undefined;
}

function children(node: Node | undefined): Node[] {
  return Array.isArray(node?.value) ? node.value : [];
}
