/** TPMS_NV_PUBLIC (TPM 2.0 Library part 2, 13.6): what is public about an NV index, its size above all. */
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export interface NvPublic {
  readonly index: number;
  readonly nameAlgorithm: number;
  readonly attributes: number;
  readonly authPolicy: Uint8Array;
  readonly sizeBytes: number;
}

export function readNvPublic(reader: ByteReader): NvPublic {
  return {
    index: reader.readUint32(),
    nameAlgorithm: reader.readUint16(),
    attributes: reader.readUint32(),
    authPolicy: reader.readSized(),
    sizeBytes: reader.readUint16(),
  };
}

export function writeNvPublic(writer: ByteWriter, area: NvPublic): void {
  writer.writeUint32(area.index).writeUint16(area.nameAlgorithm).writeUint32(area.attributes);
  writer.writeSized(area.authPolicy).writeUint16(area.sizeBytes);
}
