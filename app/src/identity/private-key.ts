/** The private key's encodings: PEM, else DER as SEC1 `ECPrivateKey` (RFC 5915) or PKCS#8 (RFC 5958). */
import { createPrivateKey, type KeyObject, type PrivateKeyInput } from 'node:crypto';
import { IdentityError } from './identity-error.ts';

const tss2Line = /^-----BEGIN TSS2 (?:KEY BLOB|PRIVATE KEY)-----[ \t]*\r?$/m;

/** Whether this is the file of a key inside a TPM: `tpm/tpm-key-file.ts`. */
export function isTpmKey(bytes: Buffer): boolean {
  return tss2Line.test(bytes.toString('latin1'));
}

/** Throws IdentityError of step `key`. `file` is for the messages. */
export function decodePrivateKey(file: string, bytes: Buffer): KeyObject {
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN ')) return decodeDer(bytes);
  try {
    return createPrivateKey({ key: text, format: 'pem' });
  } catch (error) {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type:.*ENCRYPTED/m.test(text)) {
      throw refuse(
        'is encrypted; store the key without a pass phrase, readable for the service only',
      );
    }
    if (!/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
      throw refuse('is PEM but contains no private key; put the key of the certificate there');
    }
    throw refuse('is a damaged PEM key; provision the device again', error);
  }

  function decodeDer(der: Buffer): KeyObject {
    const encodings: PrivateKeyInput[] = [
      { key: der, format: 'der', type: 'pkcs8' },
      { key: der, format: 'der', type: 'sec1' },
    ];
    let cause: unknown;
    for (const encoding of encodings) {
      try {
        return createPrivateKey(encoding);
      } catch (error) {
        cause = error;
      }
    }
    throw refuse('is not a private key, neither PEM nor DER; provision the device again', cause);
  }

  function refuse(problem: string, cause?: unknown): IdentityError {
    return new IdentityError(`${file}: ${problem}`, { step: 'key', file, cause });
  }
}
