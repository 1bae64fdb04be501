/**
 * A key inside a TPM, as its file describes it (`TSS2 PRIVATE KEY`). The public half is in the file, so that the key is
 * compared with the certificate without the TPM.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import {
  curves,
  decodeKeyFile,
  TpmFormatError,
  type EccPublic,
  type KeyFile,
  type RsaPublic,
} from 'tss2-node';
import { IdentityError } from '../identity-error.ts';

export interface TpmKeyFile {
  readonly publicKey: KeyObject;
  readonly content: KeyFile;
  /** One PEM block. */
  readonly pem: string;
}

const block = /-----BEGIN TSS2 PRIVATE KEY-----[^-]*-----END TSS2 PRIVATE KEY-----/;
/** Earlier tools wrote another structure under this label. */
const formerLabel = /^-----BEGIN TSS2 KEY BLOB-----/m;

/** Throws IdentityError of step `key`. */
export function decodeTpmKeyFile(file: string, text: string): TpmKeyFile {
  if (formerLabel.test(text)) {
    throw refuse('is a TSS2 KEY BLOB of an earlier tool; make a new key with enftun keygen --tpm');
  }
  const pem = `${block.exec(text)?.[0] ?? text}\n`;
  try {
    const content = decodeKeyFile(pem);
    const { public: area } = content;
    if (area.type === 'other') throw refuse('is neither an EC nor an RSA key; make a P-256 key');
    return { pem, content, publicKey: createPublicKey({ key: jwkOf(area), format: 'jwk' }) };
  } catch (cause) {
    if (cause instanceof IdentityError) throw cause;
    const why = cause instanceof TpmFormatError ? ` (${cause.message})` : '';
    throw refuse(`is a damaged key of a TPM${why}; make a new key with enftun keygen --tpm`, cause);
  }

  function refuse(problem: string, cause?: unknown): IdentityError {
    return new IdentityError(`${file}: ${problem}`, { step: 'key', file, cause });
  }
}

const curveNames: ReadonlyMap<number, readonly [name: string, bytes: number]> = new Map([
  [curves.NIST_P256, ['P-256', 32]],
  [curves.NIST_P384, ['P-384', 48]],
  [curves.NIST_P521, ['P-521', 66]],
]);

function jwkOf(area: EccPublic | RsaPublic): JsonWebKey {
  if (area.type === 'rsa') {
    const exponent = Buffer.alloc(4);
    exponent.writeUInt32BE(area.exponent === 0 ? 65537 : area.exponent);
    return { kty: 'RSA', n: base64url(area.modulus), e: base64url(exponent) };
  }
  const [crv, bytes] = curveNames.get(area.curve) ?? [undefined, 0];
  if (crv === undefined) throw new TpmFormatError('the key is on a curve that TLS does not have');
  const coordinate = (value: Uint8Array): string =>
    base64url(Buffer.concat([Buffer.alloc(Math.max(0, bytes - value.length)), value]));
  return { kty: 'EC', crv, x: coordinate(area.point.x), y: coordinate(area.point.y) };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
