/** TPMT_SIGNATURE (TPM 2.0 Library part 2, 11.3.4). */
import { algorithms } from '../constants.ts';
import { TpmFormatError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';

export interface EccSignature {
  readonly type: 'ecc';
  readonly algorithm: number;
  readonly hash: number;
  /** TPMs may leave out leading zeros of either number; in ECDAA `r` is the nonce. */
  readonly r: Uint8Array;
  readonly s: Uint8Array;
}

export interface RsaSignature {
  readonly type: 'rsa';
  readonly algorithm: number;
  readonly hash: number;
  readonly signature: Uint8Array;
}

export type Signature = EccSignature | RsaSignature;

const eccAlgorithms: readonly number[] = [
  algorithms.ECDSA,
  algorithms.ECDAA,
  algorithms.SM2,
  algorithms.ECSCHNORR,
];
const rsaAlgorithms: readonly number[] = [algorithms.RSASSA, algorithms.RSAPSS];

export function readSignature(reader: ByteReader): Signature {
  const start = reader.offset;
  const algorithm = reader.readUint16();
  if (eccAlgorithms.includes(algorithm)) {
    return {
      type: 'ecc',
      algorithm,
      hash: reader.readUint16(),
      r: reader.readSized(),
      s: reader.readSized(),
    };
  }
  if (rsaAlgorithms.includes(algorithm)) {
    return {
      type: 'rsa',
      algorithm,
      hash: reader.readUint16(),
      signature: reader.readSized(),
    };
  }
  const hex = algorithm.toString(16);
  throw new TpmFormatError(`a signature of the unknown algorithm 0x${hex}`, start);
}

/** The 64 bytes r and s of P-256, or more on larger curves: the form `dsaEncoding: 'ieee-p1363'` of node:crypto. */
export function joinSignature({ r, s }: EccSignature, fieldBytes = 32): Uint8Array {
  const joined = new Uint8Array(2 * fieldBytes);
  for (const [part, end] of [
    [r, fieldBytes],
    [s, 2 * fieldBytes],
  ] as const) {
    if (part.length > fieldBytes) {
      throw new TpmFormatError(
        `half of a signature has ${part.length} bytes, more than ${fieldBytes}`,
      );
    }
    joined.set(part, end - part.length);
  }
  return joined;
}
