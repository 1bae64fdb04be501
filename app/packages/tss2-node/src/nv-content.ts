/** The content of NV indexes, in pieces of the size that a TPM accepts. */
import type { RunCommand } from './command.ts';
import { nvRead, nvReadPublic, nvWrite, type NvAuth } from './commands/nv.ts';
import { TpmFormatError } from './errors.ts';

/** The whole content, of the size that TPM2_NV_ReadPublic reports. */
export async function readNvContent(
  run: RunCommand,
  index: number,
  pieceBytes: number,
  auth: NvAuth,
): Promise<Uint8Array> {
  const { sizeBytes } = (await run(nvReadPublic(index))).public;
  const content = new Uint8Array(sizeBytes);
  for (let offset = 0; offset < sizeBytes;) {
    const wanted = Math.min(pieceBytes, sizeBytes - offset);
    const piece = await run(nvRead(index, wanted, offset, auth));
    if (piece.length === 0 || piece.length > wanted) {
      throw new TpmFormatError(`${piece.length} bytes of an index in place of ${wanted}`);
    }
    content.set(piece, offset);
    offset += piece.length;
  }
  return content;
}

/** From the beginning of the index; a failure may leave the first pieces written. */
export async function writeNvContent(
  run: RunCommand,
  index: number,
  data: Uint8Array,
  pieceBytes: number,
  auth: NvAuth,
): Promise<void> {
  for (let offset = 0; offset < data.length; offset += pieceBytes) {
    const piece = data.subarray(offset, offset + pieceBytes);
    await run(nvWrite(index, piece, offset, auth));
  }
}
