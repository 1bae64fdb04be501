/** Commands and responses byte by byte. */
import assert from 'node:assert/strict';
import { encodeBytes, type ByteWriter } from '../../src/codec/byte-writer.ts';
import { decodeResponse, encodeCommand, readResponseCode } from '../../src/codec/message.ts';
import { nvRead } from '../../src/commands/nv.ts';
import { commit, ecdaaSha256, getRandom, sign } from '../../src/commands/signing.ts';
import { encodePublic, signingTemplate, type Command } from '../../src/index.ts';
import { bytes, hex } from './hex.ts';

describe('commands', () => {
  const rows: [string, Command<unknown>, string][] = [
    ['without authorization', getRandom(16), '8001 0000000c 0000017b 0010'],
    [
      'with a password',
      nvRead(0x01410005, 461, 1024, { auth: bytes('aabb') }),
      '8002 00000025 0000014e 01410005 01410005 0000000b 40000009 0000 00 0002 aabb 01cd 0400',
    ],
    [
      'a commit',
      commit(
        0x81800000,
        { x: bytes('01'), y: bytes('0202') },
        { s2: bytes('03'), y2: bytes('04') },
      ),
      '8002 0000002a 0000018b 81800000 00000009 40000009 0000 00 0000 0007 000101 00020202 000103 000104',
    ],
    [
      'a signature after a commit',
      sign(0x81800000, bytes('55'), { scheme: ecdaaSha256(7) }),
      '8002 0000002c 0000015d 81800000 00000009 40000009 0000 00 0000 000155 001a000b0007 8024 40000007 0000',
    ],
  ];
  for (const [title, command, expected] of rows) {
    it(title, () => {
      const encoded = encodeCommand(command);
      assert.equal(hex(encoded), expected.replaceAll(' ', ''));
      assert.equal(new DataView(encoded.buffer).getUint32(2), encoded.length);
    });
  }

  it('a key as TSS2 key files have it', () => {
    const point = { x: new Uint8Array(32).fill(0x11), y: new Uint8Array(32).fill(0x22) };
    const expected = `0056 0023 000b 00040072 0000 0010 0010 0003 0010 0020 ${'11'.repeat(32)} 0020 ${'22'.repeat(32)}`;
    assert.equal(hex(encodePublic({ ...signingTemplate, point })), expected.replaceAll(' ', ''));
  });

  it('refuses values that do not fit their field', () => {
    assert.throws(() => getRandom(0x10000), /65536 is not an integer from 0 to 65535/);
    assert.throws(() => getRandom(1.5), { code: 'FORMAT' });
    const tooLong = { code: 1, handles: [], auths: [], parameters: new Uint8Array(20_000) };
    assert.throws(() => encodeCommand(tooLong), /longer than 16384 bytes/);
  });
});

describe('a writer', () => {
  it('keeps nothing of what it wrote, whether that succeeds or fails', () => {
    let kept: ByteWriter | undefined;
    const failing = () =>
      encodeBytes((writer) => {
        kept = writer.writeUint32(0x5ec3e7);
        throw new RangeError('in the middle');
      });
    assert.throws(failing, /in the middle/);
    assert.equal(kept!.finish().length, 0);
  });
});

describe('responses', () => {
  it('have a handle, if the command makes one, and parameters', () => {
    const plain = bytes('8001 00000010 00000000 80000001 aabb');
    assert.deepEqual(decodeResponse(plain, true), {
      code: 0,
      handle: 0x80000001,
      parameters: bytes('aabb'),
    });
    const authorized = bytes('8002 0000001a 00000000 80000001 00000003 aabbcc 0000 01 0000');
    assert.deepEqual(decodeResponse(authorized, true), {
      code: 0,
      handle: 0x80000001,
      parameters: bytes('aabbcc'),
    });
  });

  it('have only a code after a failure', () => {
    assert.equal(decodeResponse(bytes('8001 0000000a 0000018b'), true).code, 0x18b);
    assert.equal(readResponseCode(bytes('00c4 0000000a 0000001e')), 0x1e);
  });

  for (const [title, response] of [
    ['empty', ''],
    ['shorter than a header', '8001 0000000a 0000'],
    ['of another size than they claim', '8001 0000000b 00000000'],
    ['with another tag', '8003 0000000a 00000000'],
    ['successful with the tag of an error', '00c4 0000000a 00000000'],
    ['without the handle', '8001 0000000a 00000000'],
    ['with more parameters than bytes', '8002 00000014 00000000 80000001 00000009 aabb'],
  ] as const) {
    it(`are refused when they are ${title}`, () => {
      assert.throws(() => decodeResponse(bytes(response), true), { code: 'FORMAT' });
    });
  }
});
