/**
 * TPMT_PUBLIC (TPM 2.0 Library part 2, 12.2.4): what is public about a key, and the template from which one is made.
 * ECC and RSA keys have their fields; of the other types the rest is kept as bytes, so that what was read can be
 * written.
 */
import { algorithms } from '../constants.ts';
import type { ByteReader } from './byte-reader.ts';
import { encodeBytes, type ByteWriter } from './byte-writer.ts';
import {
  readAsymmetricScheme,
  readSymmetric,
  writeAsymmetricScheme,
  writeSymmetric,
  type AsymmetricScheme,
  type Symmetric,
} from './scheme.ts';

interface PublicCommon {
  readonly nameAlgorithm: number;
  readonly attributes: number;
  readonly authPolicy: Uint8Array;
}

export interface EccPoint {
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

export interface EccPublic extends PublicCommon {
  readonly type: 'ecc';
  readonly symmetric: Symmetric | null;
  readonly scheme: AsymmetricScheme | null;
  readonly curve: number;
  readonly kdf: AsymmetricScheme | null;
  /** TPMs may leave out leading zeros of either coordinate. */
  readonly point: EccPoint;
}

export interface RsaPublic extends PublicCommon {
  readonly type: 'rsa';
  readonly symmetric: Symmetric | null;
  readonly scheme: AsymmetricScheme | null;
  readonly keyBits: number;
  /** 0 stands for 65537. */
  readonly exponent: number;
  readonly modulus: Uint8Array;
}

export interface OtherPublic extends PublicCommon {
  readonly type: 'other';
  readonly algorithm: number;
  /** Parameters and unique part. */
  readonly rest: Uint8Array;
}

export type PublicArea = EccPublic | RsaPublic | OtherPublic;

/** Reads up to the end of `reader`, which holds the content of a TPM2B_PUBLIC. */
export function readPublicArea(reader: ByteReader): PublicArea {
  const algorithm = reader.readUint16();
  const common = {
    nameAlgorithm: reader.readUint16(),
    attributes: reader.readUint32(),
    authPolicy: reader.readSized(),
  };
  if (algorithm === algorithms.ECC) {
    return {
      type: 'ecc',
      ...common,
      symmetric: readSymmetric(reader),
      scheme: readAsymmetricScheme(reader),
      curve: reader.readUint16(),
      // The key derivation schemes are written as the others: an algorithm and its hash.
      kdf: readAsymmetricScheme(reader),
      point: readPoint(reader),
    };
  }
  if (algorithm === algorithms.RSA) {
    return {
      type: 'rsa',
      ...common,
      symmetric: readSymmetric(reader),
      scheme: readAsymmetricScheme(reader),
      keyBits: reader.readUint16(),
      exponent: reader.readUint32(),
      modulus: reader.readSized(),
    };
  }
  return { type: 'other', algorithm, ...common, rest: reader.readRest() };
}

/** The structure without the length of a TPM2B_PUBLIC. */
export function writePublicArea(writer: ByteWriter, area: PublicArea): void {
  writer.writeUint16(publicAlgorithm(area));
  writer.writeUint16(area.nameAlgorithm).writeUint32(area.attributes).writeSized(area.authPolicy);
  if (area.type === 'other') {
    writer.writeBytes(area.rest);
    return;
  }
  writeSymmetric(writer, area.symmetric);
  writeAsymmetricScheme(writer, area.scheme);
  if (area.type === 'ecc') {
    writer.writeUint16(area.curve);
    writeAsymmetricScheme(writer, area.kdf);
    writePoint(writer, area.point);
  } else {
    writer.writeUint16(area.keyBits).writeUint32(area.exponent).writeSized(area.modulus);
  }
}

/** As a TPM2B_PUBLIC, the form that TSS2 key files hold. */
export function encodePublic(area: PublicArea): Uint8Array {
  return encodeBytes((writer) =>
    writer.writeSizedStructure((inner) => writePublicArea(inner, area)),
  );
}

export function readPoint(reader: ByteReader): EccPoint {
  return { x: reader.readSized(), y: reader.readSized() };
}

export function writePoint(writer: ByteWriter, point: EccPoint): void {
  writer.writeSized(point.x).writeSized(point.y);
}

function publicAlgorithm(area: PublicArea): number {
  switch (area.type) {
    case 'ecc':
      return algorithms.ECC;
    case 'rsa':
      return algorithms.RSA;
    case 'other':
      return area.algorithm;
  }
}
