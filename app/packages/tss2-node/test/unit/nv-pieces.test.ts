/** Indexes of every size, on TPMs that accept pieces of any size. */
import assert from 'node:assert/strict';
import { ByteReader, commandCodes, encodeBytes, properties, Tpm } from '../../src/index.ts';
import { authorizedResponse, FakeTransport, response } from '../../testing/index.ts';

const index = 0x01410005;
/** TPM_RC_VALUE for parameter 1: more than TPM_PT_NV_BUFFER_MAX. */
const tooLarge = 0x1c4;
const headerBytes = 10;
/** Two handles, the size of the authorization area, and an empty password. */
const authorizedBytes = 8 + 4 + 9;

/** A TPM with one index, and what it received. */
function tpmWith(content: Uint8Array, bufferMax: number): { tpm: Tpm; pieces: number[] } {
  const pieces: number[] = [];
  const transport = new FakeTransport(({ code, bytes }) => {
    switch (code) {
      case commandCodes.GetCapability:
        return response(
          0,
          encodeBytes((writer) =>
            writer
              .writeUint8(0)
              .writeUint32(6)
              .writeUint32(1)
              .writeUint32(properties.nvBufferMax)
              .writeUint32(bufferMax),
          ),
        );
      case commandCodes.NV_ReadPublic:
        return response(
          0,
          encodeBytes((writer) =>
            writer
              .writeSizedStructure((area) =>
                area
                  .writeUint32(index)
                  .writeUint16(0x0b)
                  .writeUint32(0)
                  .writeUint16(0)
                  .writeUint16(content.length),
              )
              .writeUint16(0),
          ),
        );
      default: {
        const reader = new ByteReader(bytes.subarray(headerBytes + authorizedBytes));
        const data = code === commandCodes.NV_Write ? reader.readSized() : undefined;
        const size = data?.length ?? reader.readUint16();
        const offset = reader.readUint16();
        if (size > bufferMax) return response(tooLarge);
        pieces.push(size);
        if (data === undefined) {
          const piece = content.subarray(offset, offset + size);
          return authorizedResponse(encodeBytes((writer) => writer.writeSized(piece)));
        }
        content.set(data, offset);
        return authorizedResponse(new Uint8Array());
      }
    }
  });
  return { tpm: new Tpm(transport), pieces };
}

describe('NV indexes', () => {
  it('of 1 to 4000 bytes are written and read whole, in as few pieces as the TPM accepts', async () => {
    for (let size = 1; size <= 4000; size += size < 20 ? 1 : 83) {
      for (const bufferMax of [64, 1024, 1500, 2048, 65_535]) {
        const data = Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) & 0xff);
        const { tpm, pieces } = tpmWith(new Uint8Array(size), bufferMax);
        await tpm.nvWrite(index, data);
        assert.deepEqual(await tpm.nvRead(index), data, `${size} bytes, ${bufferMax} at once`);
        assert.equal(pieces.length, 2 * Math.ceil(size / bufferMax));
      }
    }
  });
});
