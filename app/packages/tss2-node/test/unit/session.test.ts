/** A session of ESYS whose answers the test gives. */
import assert from 'node:assert/strict';
import { encodeBytes } from '../../src/codec/byte-writer.ts';
import { EncryptedSession, parentTemplate, TpmFormatError } from '../../src/index.ts';
import type { EsysTransport } from '../../src/session.ts';
import type { TransmitOptions } from '../../src/transport.ts';

class FakeEsys implements EsysTransport {
  readonly inputs: Uint8Array[] = [];
  readonly calls: { operation: string; options: TransmitOptions }[] = [];
  answer: (operation: string) => Uint8Array = () => new Uint8Array();

  callEsys(
    operation: string,
    _command: string,
    input: Uint8Array,
    options: TransmitOptions = {},
  ): Promise<Uint8Array> {
    this.inputs.push(input);
    this.calls.push({ operation, options });
    return Promise.resolve(operation === 'startSession' ? word(7) : this.answer(operation));
  }
}

function word(value: number): Uint8Array {
  return encodeBytes((writer) => writer.writeUint32(value));
}

describe('encrypted session', () => {
  let esys: FakeEsys;
  let session: EncryptedSession;

  beforeEach(async () => {
    esys = new FakeEsys();
    session = await EncryptedSession.start(esys, 0x81000001);
    esys.inputs.length = 0;
  });

  it('asks for random bytes in pieces that fit their field, and copies them', async () => {
    const piece = Buffer.from('000411223344', 'hex');
    esys.answer = () => piece;
    const random = await session.getRandom(8);
    assert.deepEqual(random, Uint8Array.from([0x11, 0x22, 0x33, 0x44, 0x11, 0x22, 0x33, 0x44]));
    assert.equal(random.buffer.byteLength, 8, 'memory of its own');
    assert.deepEqual(
      esys.inputs.map((input) => Buffer.from(input).toString('hex')),
      ['000000070008', '000000070004'],
    );
    esys.inputs.length = 0;
    esys.answer = () => new Uint8Array(2);
    await assert.rejects(session.getRandom(0x10000), /0 random bytes in place of up to 65535/);
    assert.equal(Buffer.from(esys.inputs[0]!).toString('hex'), '00000007ffff');
  });

  it('refuses more random bytes than it asked for', async () => {
    esys.answer = () => Buffer.from('000411223344', 'hex');
    await assert.rejects(session.getRandom(3), /4 random bytes in place of up to 3/);
    await assert.rejects(session.getRandom(NaN), TpmFormatError);
  });

  it('that starts after its caller gave up is ended, ahead of what waits', () => {
    const [started] = esys.calls;
    started!.options.onLate!(word(2));
    assert.equal(esys.calls.length, 2);
    assert.equal(esys.calls[1]!.operation, 'endSession');
    assert.equal(esys.calls[1]!.options.isCleanup, true);
    assert.equal(Buffer.from(esys.inputs[0]!).toString('hex'), '00000002');
  });

  it('does nothing after its end, and ends once', async () => {
    await session.end();
    await session.end();
    assert.equal(esys.inputs.length, 1);
    await assert.rejects(session.create(1, parentTemplate), { code: 'CLOSED' });
    await assert.rejects(session.getRandom(1), { code: 'CLOSED' });
    assert.equal(esys.inputs.length, 1);
  });
});
