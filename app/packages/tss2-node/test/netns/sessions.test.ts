/** Encrypted sessions through ESYS on a real swtpm. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  algorithms,
  firstHandles,
  nvAttributes,
  signingTemplate,
  Tpm,
  type TctiTransport,
} from '../../src/index.ts';
import type { Swtpm } from '../../testing/index.ts';
import { assertSigned, parentHandle, Simulator } from './simulator.ts';

const index = 0x01410001;

describe('encrypted sessions on a simulator', () => {
  let simulator: Simulator;
  let swtpm: Swtpm;
  let tpm: Tpm<TctiTransport>;

  before(async () => {
    simulator = await Simulator.start();
    ({ swtpm, tpm } = simulator);
  });

  after(() => simulator.stop());

  afterEach('no session is left in the TPM', async () => {
    assert.deepEqual(await tpm.listCapability('handles', firstHandles.loadedSession), []);
  });

  it('reads random bytes and an index', async () => {
    const auth = Buffer.from('index');
    const content = randomBytes(300);
    await tpm.nvDefineSpace({
      index,
      nameAlgorithm: algorithms.SHA256,
      attributes: nvAttributes.authRead | nvAttributes.authWrite | nvAttributes.noDA,
      authPolicy: new Uint8Array(),
      sizeBytes: content.length,
      newAuth: auth,
    });
    await tpm.nvWrite(index, content, { auth });
    await using session = await tpm.startSession(parentHandle);
    assert.equal((await session.getRandom(100)).length, 100);
    assert.deepEqual(Buffer.from(await session.nvRead(index, 300, 0, { auth })), content);
    assert.deepEqual(
      Buffer.from(await session.nvRead(index, 100, 200, { auth })),
      content.subarray(200),
    );
    await assert.rejects(
      session.nvRead(index, 1, 0, { auth: Buffer.from('wrong') }),
      /TPM2_NV_Read failed: TPM_RC_BAD_AUTH \(0x9a2\) for session 1/,
    );
  });

  it('creates a key and signs with it, its authorization unseen', async () => {
    await using session = await tpm.startSession(parentHandle);
    const auth = Buffer.from('key');
    const made = await session.create(parentHandle, signingTemplate, { newAuth: auth });
    await using key = await tpm.load(parentHandle, made);
    const text = Buffer.from('text');
    const digest = createHash('sha256').update(text).digest();
    const signature = await session.sign(key.handle, digest, { auth });
    assertSigned(made.public, text, signature);
    // The value that the session set is the one that the TPM has.
    await tpm.sign(key.handle, digest, { auth });
  });

  it('has room for three, and gives their places back', async () => {
    for (let round = 0; round < 2; round++) {
      const started = await Promise.all([1, 2, 3].map(() => tpm.startSession(parentHandle)));
      await assert.rejects(tpm.startSession(parentHandle), /TPM_RC_SESSION_MEMORY.*close sessions/);
      await Promise.all(started.map((session) => session.end()));
      await assert.rejects(started[0]!.getRandom(1), /the session has been ended/);
    }
  });

  it('says what is wrong with the salt key', async () => {
    await assert.rejects(
      tpm.startSession(0x81000077),
      /TPM2_StartAuthSession failed: TPM_RC_HANDLE \(0x18b\) for handle 1; nothing has this/,
    );
  });

  it('are flushed when the connection is closed', async () => {
    await using other = Tpm.open(swtpm.configuration);
    await other.startSession(parentHandle);
    assert.equal((await tpm.listCapability('handles', firstHandles.loadedSession)).length, 1);
  });

  it('end with the connection, and another can be started', async () => {
    const session = await tpm.startSession(parentHandle);
    await swtpm.kill();
    await assert.rejects(session.getRandom(1), { code: 'CONNECTION' });
    await swtpm.start();
    await assert.rejects(session.getRandom(1), /TPM_RC_REFERENCE_S0.*flushed/);
    await session.end();
    await using another = await tpm.startSession(parentHandle);
    assert.equal((await another.getRandom(1)).length, 1);
  });
});
