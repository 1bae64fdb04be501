/** Algorithm choices inside keys and commands: TPMT_SYM_DEF_OBJECT, TPMT_ASYM_SCHEME and TPMT_KDF_SCHEME. */
import { algorithms } from '../constants.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export interface Symmetric {
  readonly algorithm: number;
  readonly keyBits: number;
  readonly mode: number;
}

export interface AsymmetricScheme {
  readonly algorithm: number;
  /** Left out for RSAES, which has none. */
  readonly hash?: number;
  /** ECDAA only: in a key the number of commits, in TPM2_Sign the counter that TPM2_Commit returned. */
  readonly count?: number;
}

export function readSymmetric(reader: ByteReader): Symmetric | null {
  const algorithm = reader.readUint16();
  if (algorithm === algorithms.NULL) return null;
  return { algorithm, keyBits: reader.readUint16(), mode: reader.readUint16() };
}

export function writeSymmetric(writer: ByteWriter, symmetric: Symmetric | null): void {
  writer.writeUint16(symmetric?.algorithm ?? algorithms.NULL);
  if (symmetric) writer.writeUint16(symmetric.keyBits).writeUint16(symmetric.mode);
}

export function readAsymmetricScheme(reader: ByteReader): AsymmetricScheme | null {
  const algorithm = reader.readUint16();
  if (algorithm === algorithms.NULL) return null;
  if (algorithm === algorithms.RSAES) return { algorithm };
  const hash = reader.readUint16();
  return algorithm === algorithms.ECDAA
    ? { algorithm, hash, count: reader.readUint16() }
    : { algorithm, hash };
}

export function writeAsymmetricScheme(writer: ByteWriter, scheme: AsymmetricScheme | null): void {
  writer.writeUint16(scheme?.algorithm ?? algorithms.NULL);
  if (scheme === null || scheme.algorithm === algorithms.RSAES) return;
  writer.writeUint16(scheme.hash ?? algorithms.SHA256);
  if (scheme.algorithm === algorithms.ECDAA) writer.writeUint16(scheme.count ?? 0);
}
