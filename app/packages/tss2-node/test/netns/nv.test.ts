/** NV indexes of every kind of size on a real swtpm. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { algorithms, hierarchies, nvAttributes, properties, Tpm } from '../../src/index.ts';
import { Swtpm } from '../../testing/index.ts';

const index = 0x01410005;
const attributes = nvAttributes.authRead | nvAttributes.authWrite | nvAttributes.noDA;
const area = { index, nameAlgorithm: algorithms.SHA256, attributes, authPolicy: new Uint8Array() };

describe('NV indexes on a simulator', () => {
  let swtpm: Swtpm;
  let tpm: Tpm;
  let largest: number;

  before(async () => {
    swtpm = await Swtpm.start();
    tpm = Tpm.open(swtpm.configuration);
    largest = (await tpm.getProperty(properties.nvIndexMax))!;
    assert.equal(await tpm.getProperty(properties.nvBufferMax), 1024);
  });

  after(async () => {
    await tpm.close();
    await swtpm.stop();
  });

  it('reads as many bytes as the TPM reports, in pieces', async () => {
    const sizes = [1, 2, 16, 81, 461, 1023, 1024, 1025, 1500, 2047, 2048, 2049, 3000, 4000];
    const possible = sizes.filter((size) => size <= largest);
    assert.ok(possible.length >= 9, `the largest index has ${largest} bytes`);
    for (const sizeBytes of possible) {
      await tpm.nvDefineSpace({ ...area, sizeBytes });
      const content = randomBytes(sizeBytes);
      await tpm.nvWrite(index, content);
      assert.deepEqual(Buffer.from(await tpm.nvRead(index)), content, `${sizeBytes} bytes`);
      const read = (await tpm.nvReadPublic(index)).public;
      assert.deepEqual(
        { ...read, attributes: read.attributes & ~nvAttributes.written, authPolicy: undefined },
        { ...area, sizeBytes, authPolicy: undefined },
      );
      await tpm.nvUndefineSpace(index);
    }
  });

  it('refuses an index that is larger than the TPM allows', async () => {
    await assert.rejects(tpm.nvDefineSpace({ ...area, sizeBytes: largest + 1 }), /TPM_RC_SIZE/);
  });

  it('says what is missing', async () => {
    await assert.rejects(tpm.nvRead(index), /NV_ReadPublic failed: TPM_RC_HANDLE \(0x18b\)/);
    await tpm.nvDefineSpace({ ...area, sizeBytes: 8 });
    await assert.rejects(tpm.nvRead(index), /TPM_RC_NV_UNINITIALIZED.*never been written/);
    await assert.rejects(tpm.nvWrite(index, new Uint8Array(9)), /TPM_RC_NV_RANGE/);
    await tpm.nvUndefineSpace(index);
  });

  it('reads with the authorization of the index or of the owner', async () => {
    const auth = Buffer.from('secret');
    await tpm.nvDefineSpace({
      ...area,
      attributes: attributes | nvAttributes.ownerRead,
      sizeBytes: 3,
      newAuth: auth,
    });
    await tpm.nvWrite(index, Buffer.from('abc'), { auth });
    assert.equal(Buffer.from(await tpm.nvRead(index, { auth })).toString(), 'abc');
    const authHandle = hierarchies.owner;
    assert.equal(Buffer.from(await tpm.nvRead(index, { authHandle })).toString(), 'abc');
    await assert.rejects(tpm.nvRead(index), /TPM_RC_BAD_AUTH \(0x9a2\) for session 1/);
    await tpm.nvUndefineSpace(index);
  });
});
