/**
 * Reads from an authority's certificate what the certificates below it must repeat byte for byte: its subject and
 * its key identifier. Accepts authorities that other tools made, as long as the key is EC P-256.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ConfigError } from '../../core/errors.ts';
import { DerReader, derTag, type DerElement } from '../../wire/der.ts';
import { element, objectId } from '../../wire/der-writer.ts';
import { keyIdentifier } from './certificate.ts';
import type { Issuer } from './certificate.ts';

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
  const { subject, extensions } = readForIssuer(certificate.raw);
  return {
    name: subject,
    keyId: subjectKeyIdentifier(extensions) ?? keyIdentifier(certificate.publicKey),
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

interface ForIssuer {
  /** Encoded. */
  readonly subject: Uint8Array;
  readonly extensions: DerElement | undefined;
}

/** Serial number, algorithm, issuer, validity. */
const fieldsBeforeSubject = 4;

/** The parts of a certificate that the library has read already, and does not give as bytes. */
function readForIssuer(certificate: Uint8Array): ForIssuer {
  const fields = DerReader.inside(DerReader.inside(new DerReader(certificate).next()).next());
  if (fields.nextTag === derTag.explicit0) fields.next(); // version
  for (let before = 0; before < fieldsBeforeSubject; before++) fields.next();
  const { tag, content } = fields.next();
  let extensions: DerElement | undefined;
  while (!fields.atEnd) {
    const field = fields.next();
    if (field.tag === derTag.explicit3) extensions = field;
  }
  return { subject: element(tag, content), extensions };
}

const subjectKeyIdentifierId = Buffer.from(objectId('2.5.29.14'));

/** The content of extension 2.5.29.14 among the [3] extensions of a certificate. */
function subjectKeyIdentifier(extensions: DerElement | undefined): Uint8Array | undefined {
  if (extensions === undefined) return undefined;
  const list = DerReader.inside(DerReader.inside(extensions).next());
  while (!list.atEnd) {
    const extension = DerReader.inside(list.next());
    const { tag, content } = extension.next();
    if (!subjectKeyIdentifierId.equals(element(tag, content))) continue;
    let value = extension.next();
    if (value.tag === derTag.boolean) value = extension.next(); // critical
    return DerReader.inside(value).next().content;
  }
  return undefined;
}
