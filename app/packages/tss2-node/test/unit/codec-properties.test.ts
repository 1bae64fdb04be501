/** What is written can be read, and whatever bytes a TPM sends, a codec returns a value or a TpmFormatError. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSignature } from '../../src/codec/signature.ts';
import { readNvPublic, writeNvPublic } from '../../src/codec/nv-public.ts';
import { writePublicArea } from '../../src/codec/public-area.ts';
import { decodeResponse } from '../../src/codec/message.ts';
import { getCapability, type CapabilityKind } from '../../src/commands/capability.ts';
import { nvRead, nvReadPublic } from '../../src/commands/nv.ts';
import { create, createPrimary, load, readPublic } from '../../src/commands/objects.ts';
import { commit, getRandom, hash, sign } from '../../src/commands/signing.ts';
import {
  ByteReader,
  capabilities,
  encodeBytes,
  joinSignature,
  parentTemplate,
  readPublicArea,
  TpmFormatError,
  type Command,
} from '../../src/index.ts';
import { authorizedResponse, response } from '../../testing/index.ts';
import { areaFields, fuzzRuns, publicArea, record, sized, uint16, uint32 } from './arbitraries.ts';
import { bytes } from './hex.ts';

describe('codecs', () => {
  it('read every public area that they write', () => {
    fc.assert(
      fc.property(publicArea, (area) => {
        const encoded = encodeBytes((writer) => writePublicArea(writer, area));
        assert.deepEqual(readPublicArea(new ByteReader(encoded)), area);
      }),
    );
  });

  it('read every NV area that they write', () => {
    const area = record({ index: uint32, ...areaFields, sizeBytes: uint16 });
    fc.assert(
      fc.property(area, (value) => {
        const encoded = encodeBytes((writer) => writeNvPublic(writer, value));
        assert.deepEqual(readNvPublic(new ByteReader(encoded)), value);
      }),
    );
  });

  it('pad the halves of a signature, and refuse longer ones', () => {
    const half = fc.uint8Array({ maxLength: 34 });
    fc.assert(
      fc.property(half, half, (r, s) => {
        const signature = { type: 'ecc', algorithm: 0x18, hash: 0x0b, r, s } as const;
        if (r.length > 32 || s.length > 32) {
          assert.throws(() => joinSignature(signature), TpmFormatError);
          return;
        }
        const joined = joinSignature(signature);
        assert.equal(joined.length, 64);
        assert.equal(number(joined.subarray(0, 32)), number(r));
        assert.equal(number(joined.subarray(32)), number(s));
      }),
    );
  });

  it('refuse a signature of an unknown kind', () => {
    assert.throws(
      () => readSignature(new ByteReader(bytes('0008000b'))),
      /algorithm 0x8 at byte 0/,
    );
  });

  it('refuse a list that claims more elements than there are bytes', () => {
    const page = bytes('00 00000001 40000000 80000001');
    const { decode } = getCapability('handles', 0, 1);
    assert.throws(() => decode(new ByteReader(page), 0), /claims 1073741824 elements/);
  });

  it('refuse another capability than was asked for, and trailing bytes in a structure', () => {
    const { decode } = getCapability('handles', 0, 1);
    assert.throws(() => decode(new ByteReader(bytes('00 00000006 00000000')), 0), /capability 6/);
    assert.throws(
      () =>
        nvReadPublic(1).decode(
          new ByteReader(bytes('000f 01410005 000b 00000000 0000 0001 ff 0000')),
          0,
        ),
      /a TPM2B_NV_PUBLIC has 1 bytes too many/,
    );
  });
});

/** A response that each command accepts, to be damaged. */
const commands: Command<unknown>[] = [
  nvRead(1, 1, 0),
  nvReadPublic(1),
  createPrimary(1, parentTemplate),
  create(1, parentTemplate),
  load(1, { private: new Uint8Array(), public: parentTemplate }),
  readPublic(1),
  sign(1, new Uint8Array()),
  commit(1, { x: new Uint8Array(), y: new Uint8Array() }),
  hash(new Uint8Array()),
  getRandom(1),
  ...(Object.keys(capabilities) as CapabilityKind[]).map((kind) => getCapability(kind, 0, 1)),
];

describe('any response', () => {
  for (const command of commands) {
    it(`to ${command.name} is read or refused`, () => {
      fc.assert(
        fc.property(content(command), fc.boolean(), (parameters, isAuthorized) => {
          const whole = isAuthorized
            ? authorizedResponse(parameters, command.createsObject ? 1 : undefined)
            : response(0, parameters);
          readOrRefuse(command, whole);
        }),
        { numRuns: fuzzRuns },
      );
    });
  }

  it('that is not a response at all is refused', () => {
    const any = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(any, (data) => readOrRefuse(commands[0]!, data)),
      { numRuns: fuzzRuns },
    );
  });
});

/** Random bytes, and pieces that look like structures. */
function content(command: Command<unknown>): fc.Arbitrary<Uint8Array> {
  const structure = fc.oneof(
    sized.map((data) => encodeBytes((writer) => writer.writeSized(data))),
    publicArea.map((area) =>
      encodeBytes((writer) => writer.writeSizedStructure((inner) => writePublicArea(inner, area))),
    ),
    uint16.map((value) => encodeBytes((writer) => writer.writeUint16(value))),
    fc.constant(command.parameters),
    fc.uint8Array({ maxLength: 9 }),
  );
  return fc
    .array(structure, { maxLength: 7 })
    .map((parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part))));
}

function readOrRefuse(command: Command<unknown>, data: Uint8Array): void {
  try {
    const { code, handle, parameters } = decodeResponse(data, command.createsObject);
    if (code === 0) command.decode(new ByteReader(parameters), handle ?? 0);
  } catch (error) {
    assert.ok(error instanceof TpmFormatError, String(error));
    assert.ok(error.offset !== undefined && error.offset <= data.length);
  }
}

function number(data: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(data).toString('hex')}`);
}
