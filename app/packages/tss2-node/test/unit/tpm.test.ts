/** What Tpm does around its commands, with a transport that the test answers for. */
import assert from 'node:assert/strict';
import { encodeBytes } from '../../src/codec/byte-writer.ts';
import {
  commandCodes,
  hierarchies,
  parentTemplate,
  properties,
  Tpm,
  encodePublic,
} from '../../src/index.ts';
import { maxAttempts, transmitWithRetry } from '../../src/retry.ts';
import { authorizedResponse, FakeTransport, response, type Answer } from '../../testing/index.ts';
import { bytes } from './hex.ts';

const success = response(0);

function tpmThatAnswers(answer: Answer): { tpm: Tpm; transport: FakeTransport } {
  const transport = new FakeTransport(answer);
  return { tpm: new Tpm(transport), transport };
}

function random(data: Uint8Array): Uint8Array {
  return response(
    0,
    encodeBytes((writer) => writer.writeSized(data)),
  );
}

/** A response to TPM2_CreatePrimary, with the public area given as it is on the wire. */
function created(area: Uint8Array): Uint8Array {
  const parameters = encodeBytes((writer) =>
    writer
      .writeBytes(area)
      .writeSized(new Uint8Array(4))
      .writeSized(new Uint8Array(32))
      .writeUint16(0x8021)
      .writeUint32(hierarchies.owner)
      .writeSized(new Uint8Array(32))
      .writeSized(bytes('000b aabb')),
  );
  return authorizedResponse(parameters, 0x80000001);
}

describe('Tpm', () => {
  it('asks again for the random bytes that are missing, and refuses none at all', async () => {
    const { tpm, transport } = tpmThatAnswers(() => random(new Uint8Array(4)));
    assert.equal((await tpm.getRandom(8)).length, 8);
    assert.equal(transport.received.length, 2);
    await assert.rejects(tpm.getRandom(2), /4 random bytes in place of up to 2/);
    for (const bytes of [NaN, -1, 0.5, 2 ** 20 + 1, Infinity]) {
      await assert.rejects(tpm.getRandom(bytes), /random bytes: not an integer from 0 to 1048576/);
    }
    await assert.rejects(tpmThatAnswers(() => random(new Uint8Array())).tpm.getRandom(1), {
      code: 'FORMAT',
    });
  });

  it('reports the code, the command and what it blames', async () => {
    const { tpm } = tpmThatAnswers(() => response(0x2d5));
    await assert.rejects(tpm.hash(new Uint8Array()), {
      code: 'RESPONSE',
      command: 'TPM2_Hash',
      message: 'TPM2_Hash failed: TPM_RC_SIZE (0x2d5) for parameter 2',
    });
  });

  it('gives its transport what the caller asked for beside the command', async () => {
    const { signal } = new AbortController();
    const { tpm, transport } = tpmThatAnswers(() => response(0x2d5));
    await assert.rejects(tpm.hash(new Uint8Array(), { signal }));
    assert.equal(transport.options[0]!.signal, signal);
    await assert.rejects(tpm.dictionaryAttackState({ signal }));
    assert.equal(transport.options[1]!.signal, signal);
  });

  it('asks for the properties of the lockout in one page', async () => {
    const { tpm, transport } = tpmThatAnswers(() => response(0x2d5));
    await assert.rejects(tpm.dictionaryAttackState());
    const command = Buffer.from(transport.received[0]!.bytes);
    assert.equal(command.readUInt32BE(14), properties.permanent);
    assert.equal(
      command.readUInt32BE(14) + command.readUInt32BE(18) - 1,
      properties.lockoutRecovery,
    );
  });

  it('flushes an object at the end of its block, whatever happened there', async () => {
    const { tpm, transport } = tpmThatAnswers(({ code }) =>
      code === commandCodes.CreatePrimary ? created(encodePublic(parentTemplate)) : success,
    );
    await assert.rejects(async () => {
      await using key = await tpm.createPrimary(hierarchies.owner, parentTemplate);
      assert.deepEqual(key.public, parentTemplate);
      throw new RangeError('in the middle');
    }, /in the middle/);
    const last = transport.received.at(-1)!;
    assert.equal(last.code, commandCodes.FlushContext);
    assert.deepEqual(last.bytes.subarray(10), bytes('80000001'));
  });

  it('flushes an object whose description it cannot read', async () => {
    const { tpm, transport } = tpmThatAnswers(({ code }) =>
      code === commandCodes.CreatePrimary ? created(bytes('0002 0023')) : success,
    );
    const failed = tpm.createPrimary(hierarchies.owner, parentTemplate);
    await assert.rejects(failed, { code: 'FORMAT' });
    assert.deepEqual(
      transport.received.map(({ code }) => code),
      [commandCodes.CreatePrimary, commandCodes.FlushContext],
    );
  });

  it('flushes an object that comes after its command was given up', async () => {
    const { tpm, transport } = tpmThatAnswers(({ code }) =>
      code === commandCodes.CreatePrimary ? response(0x101) : success,
    );
    await assert.rejects(tpm.createPrimary(hierarchies.owner, parentTemplate));
    transport.options[0]!.onLate!(created(encodePublic(parentTemplate)));
    assert.deepEqual(transport.received.at(-1)!.code, commandCodes.FlushContext);
  });

  it('reports a flush that fails, but not an object that is gone', async () => {
    let flushCode = 0x18b;
    const { tpm } = tpmThatAnswers(({ code }) =>
      code === commandCodes.CreatePrimary
        ? created(encodePublic(parentTemplate))
        : response(flushCode),
    );
    await (await tpm.createPrimary(hierarchies.owner, parentTemplate)).flush();
    // On a parameter: TPM2_FlushContext has its handle there.
    flushCode = 0x1cb;
    await (await tpm.createPrimary(hierarchies.owner, parentTemplate)).flush();
    flushCode = 0x101;
    const key = await tpm.createPrimary(hierarchies.owner, parentTemplate);
    await assert.rejects(key.flush(), /TPM_RC_FAILURE/);
  });

  it('reports each property that it was asked for, page by page', async () => {
    const asked: number[][] = [];
    const all = Array.from({ length: 40 }, (_, i) => 0x100 + 2 * i);
    const { tpm } = tpmThatAnswers(({ bytes: command }) => {
      const view = new DataView(command.buffer);
      const [first, count] = [view.getUint32(14), view.getUint32(18)];
      asked.push([first, count]);
      const rest = all.filter((id) => id >= first);
      const page = rest.slice(0, Math.min(count, 3));
      const content = encodeBytes((writer) => {
        writer.writeUint8(rest.length > page.length ? 1 : 0).writeUint32(6);
        writer.writeUint32(page.length);
        for (const id of page) writer.writeUint32(id).writeUint32(id * 10);
      });
      return response(0, content);
    });
    const found = await tpm.getProperties(0x102, 9);
    assert.deepEqual(
      [...found],
      [0x102, 0x104, 0x106, 0x108, 0x10a].map((id) => [id, id * 10]),
    );
    assert.deepEqual(asked, [
      [0x102, 9],
      [0x107, 4],
    ]);
  });

  it('reads an index in pieces of 512 bytes if the TPM names no size', async () => {
    const sizes: number[] = [];
    const { tpm } = tpmThatAnswers(({ code, bytes: command }) => {
      const view = new DataView(command.buffer);
      switch (code) {
        case commandCodes.NV_ReadPublic:
          return response(0, bytes('000e 01410005 000b 00000000 0000 0500 0002 000b'));
        case commandCodes.GetCapability:
          // The first property after the one that was asked for.
          return response(0, bytes('01 00000006 00000001 0000012d 00000001'));
        default: {
          const size = view.getUint16(command.length - 4);
          sizes.push(size);
          const piece = new Uint8Array(size).fill(sizes.length);
          return authorizedResponse(encodeBytes((writer) => writer.writeSized(piece)));
        }
      }
    });
    const content = await tpm.nvRead(0x01410005);
    assert.deepEqual(sizes, [512, 512, 256]);
    assert.deepEqual([content[511], content[512], content[1279]], [1, 2, 3]);
    assert.equal(await tpm.getProperty(properties.nvBufferMax), undefined);
  });

  it('follows a list to its end, and leaves one that has none', async () => {
    let asked = 0;
    const page = (id: number, more: number) =>
      response(
        0,
        encodeBytes((writer) =>
          writer.writeUint8(more).writeUint32(1).writeUint32(1).writeUint32(id),
        ),
      );
    const { tpm } = tpmThatAnswers(({ bytes: command }) => {
      const first = new DataView(command.buffer).getUint32(14);
      return page(first, ++asked < 3 ? 1 : 0);
    });
    assert.deepEqual(
      (await tpm.listCapability('handles', 5)).map(({ id }) => id),
      [5, 6, 7],
    );
    const endless = tpmThatAnswers(() => page(0, 1)).tpm;
    await assert.rejects(endless.listCapability('handles', 0), /the list of handles never ends/);
  });
});

describe('retries', () => {
  const command = bytes('8001 0000000c 0000017b 0001');
  const delays: number[] = [];
  const wait = (ms: number) => {
    delays.push(ms);
    return Promise.resolve();
  };

  beforeEach(() => {
    delays.length = 0;
  });

  for (const [name, code] of [
    ['RETRY', 0x922],
    ['YIELDED', 0x908],
    ['TESTING', 0x90a],
  ] as const) {
    it(`are made after TPM_RC_${name}`, async () => {
      let attempts = 0;
      const transport = new FakeTransport(() => (++attempts < 3 ? response(code) : success));
      assert.deepEqual(await transmitWithRetry(transport, command, {}, wait), success);
      assert.deepEqual(delays, [5, 10]);
    });
  }

  it('have an end', async () => {
    const transport = new FakeTransport(() => response(0x922));
    assert.deepEqual(await transmitWithRetry(transport, command, {}, wait), response(0x922));
    assert.equal(transport.received.length, maxAttempts);
    assert.equal(Math.max(...delays), 1000);
  });

  it('are not made after other codes', async () => {
    const transport = new FakeTransport(() => response(0x921));
    await transmitWithRetry(transport, command, {}, wait);
    assert.equal(transport.received.length, 1);
  });

  it('end with the time limit of the transport', async () => {
    const transport = Object.assign(new FakeTransport(() => response(0x922)), { timeoutMs: 30 });
    await assert.rejects(transmitWithRetry(transport, command), { code: 'TIMEOUT' });
    assert.ok(transport.options.every(({ timeoutMs }) => timeoutMs! <= 30));
    assert.ok(transport.options.at(-1)!.timeoutMs! < 30, 'what is left of it');
  });

  it('end with the time limit, and with the signal', async () => {
    const transport = new FakeTransport(() => response(0x922));
    await assert.rejects(transmitWithRetry(transport, command, { timeoutMs: 30 }), {
      code: 'TIMEOUT',
    });
    const abort = new AbortController();
    const cancelled = transmitWithRetry(transport, command, { signal: abort.signal });
    setImmediate(() => abort.abort());
    await assert.rejects(cancelled, { code: 'CANCELLED' });
  });
});
