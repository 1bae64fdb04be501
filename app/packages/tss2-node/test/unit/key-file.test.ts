/** Key files byte by byte, every key there and back, and files that are damaged in any way. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { derTags, writeDer } from '../../src/codec/der.ts';
import {
  decodeKeyFile,
  encodeKeyFile,
  maxKeyFileLength,
  signingTemplate,
  TpmFormatError,
  type KeyFile,
} from '../../src/index.ts';
import { fuzzRuns, publicArea, record } from './arbitraries.ts';
import { bytes } from './hex.ts';

const area = `0056 0023 000b 00040072 0000 0010 0010 0003 0010 0020 ${'11'.repeat(32)} 0020 ${'22'.repeat(32)}`;
const wrapped = `007e ${'33'.repeat(126)}`;
const type = '06066781050a0103';
const emptyAuth = 'a0030101ff';
const parent = '02050081000001';
const parts = `0458 ${area} 048180 ${wrapped}`;
const whole = `3081f1 ${type} ${emptyAuth} ${parent} ${parts}`;

const key: KeyFile = {
  parent: 0x81000001,
  emptyAuth: true,
  public: {
    ...signingTemplate,
    point: { x: new Uint8Array(32).fill(0x11), y: new Uint8Array(32).fill(0x22) },
  },
  private: new Uint8Array(126).fill(0x33),
};

function pem(der: Uint8Array): string {
  const base64 =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN TSS2 PRIVATE KEY-----', ...base64, '-----END TSS2 PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** A key file with these members behind its type. */
function withMembers(members: string): string {
  return pem(writeDer(derTags.sequence, bytes(`${type} ${members}`)));
}

describe('key files', () => {
  it('have the bytes of the specification', () => {
    assert.equal(encodeKeyFile(key), pem(bytes(whole)));
    assert.deepEqual(decodeKeyFile(pem(bytes(whole))), key);
    assert.match(encodeKeyFile(key), /^-----BEGIN TSS2 PRIVATE KEY-----\nMIHxBgZngQUKAQOgAwEB/);
  });

  it('are read as other programs write them', () => {
    const read = (members: string) => decodeKeyFile(withMembers(members));
    assert.deepEqual(read(`a003010101 ${parent} ${parts}`), key, 'true as 01');
    assert.deepEqual(read(`a003010100 ${parent} ${parts}`), { ...key, emptyAuth: false });
    assert.deepEqual(read(`${parent} ${parts}`), { ...key, emptyAuth: false });
    assert.deepEqual(read(`${emptyAuth} 020481000001 ${parts}`), key, 'a negative parent');
    const owner = { ...key, parent: 0x40000001 };
    assert.deepEqual(read(`${emptyAuth} 020440000001 ${parts}`), owner);
    assert.deepEqual(decodeKeyFile(encodeKeyFile(owner)), owner);
    const text = pem(bytes(whole));
    assert.deepEqual(decodeKeyFile(`\ufeffa note\n${text}more`), key);
    assert.deepEqual(decodeKeyFile(text.replaceAll('\n', '\r\n')), key);
  });

  for (const [title, members, message] of [
    ['a policy', `${emptyAuth} a1023000 ${parent} ${parts}`, /has a policy, .* at byte 16$/],
    ['a secret', `a2020400 ${parent} ${parts}`, /has a secret for TPM2_Import/],
    ['signed policies', `a3023000 ${parent} ${parts}`, /has signed policies/],
    ['an RSA parent', `a5030101ff ${parent} ${parts}`, /has the choice of an RSA parent/],
    [
      'an unknown member',
      `a6023000 ${parent} ${parts}`,
      /the parent: expected .* 0x02, found 0xa6/,
    ],
    ['no parent', parts, /the parent: expected the tag 0x02, found 0x04/],
    ['a transient parent', `020500 80000001 ${parts}`, /the parent 0x80000001 is neither/],
    ['a short parent', `020101 ${parts}`, /the bytes end 3 too early/],
    ['a parent of 33 bits', `02050181000001 ${parts}`, /not a handle of 32 bits/],
    ['a longer parent', `0206000081000001 ${parts}`, /the parent has 2 bytes too many/],
    ['no private part', `${parent} 0458 ${area}`, /the bytes end 1 too early/],
    ['a trailing member', `${parent} ${parts} 0400`, /a key file has 2 bytes too many/],
    [
      'a public part with more bytes',
      `${parent} 0459 ${area} 00 048180 ${wrapped}`,
      /the public part has 1 bytes too many/,
    ],
    [
      'a private part with more bytes',
      `${parent} 0458 ${area} 048181 ${wrapped} 00`,
      /the private part has 1 bytes too many/,
    ],
    ['a long form of a short length', `${parent} 048158 ${area}`, /takes more bytes than it needs/],
    ['a length of three bytes', `${parent} 0483000058 ${area}`, /not a length of up to two bytes/],
    ['an indefinite length', `${parent} 0480 ${area} 0000`, /not a length of up to two bytes/],
    ['a boolean of two bytes', `a0040102ffff ${parent} ${parts}`, /emptyAuth has 1 bytes too many/],
  ] as const) {
    it(`with ${title} are refused`, () => {
      assert.throws(() => decodeKeyFile(withMembers(members)), { code: 'FORMAT', message });
    });
  }

  it('of another type are refused: to be imported, sealed', () => {
    for (const other of ['04', '05']) {
      const der = bytes(whole.replace('0a0103', `0a01${other}`));
      assert.throws(() => decodeKeyFile(pem(der)), /does not hold a loadable key/);
    }
  });

  it('are refused unless there is one whole block of base64', () => {
    const text = pem(bytes(whole));
    for (const [damaged, message] of [
      ['', /expected one PEM block "TSS2 PRIVATE KEY", found 0/],
      [text.replaceAll('TSS2 PRIVATE', 'EC PRIVATE'), /found 0/],
      [text + text, /found 2/],
      [text.replace('-----END', '-----XND'), /has no end/],
      [text.replace('MIHx', 'MI?x'), /is not base64/],
      [text.replace('MIHx', 'MIHx='), /is not base64/],
      ['x'.repeat(maxKeyFileLength + 1), /longer than 16384/],
      [pem(new Uint8Array()), /the bytes end 1 too early/],
      [pem(bytes(`${whole} 00`)), /a key file has 1 bytes too many/],
    ] as const) {
      assert.throws(() => decodeKeyFile(damaged), { code: 'FORMAT', message });
    }
  });

  it('are not written with a parent that the next program would not find', () => {
    for (const handle of [
      0x80000001,
      0x01400001,
      0x40000009,
      0x4000000a,
      1,
      -1,
      2 ** 32,
      0x81000001 + 0.5,
    ]) {
      assert.throws(() => encodeKeyFile({ ...key, parent: handle }), { code: 'FORMAT' });
    }
  });

  it('may have a description, which is left out', () => {
    const described = `${emptyAuth} a4080c06726f75746572 ${parent} ${parts}`;
    assert.deepEqual(decodeKeyFile(withMembers(described)), key);
  });

  it('hold every key', () => {
    const anyKey = record<KeyFile>({
      parent: fc.oneof(
        fc.constantFrom(0x40000001, 0x40000007, 0x4000000b, 0x4000000c),
        fc.integer({ min: 0x81000000, max: 0x81ffffff }),
      ),
      emptyAuth: fc.boolean(),
      public: publicArea,
      private: fc.uint8Array({ maxLength: 1500 }),
    });
    fc.assert(
      fc.property(anyKey, (one) => {
        assert.deepEqual(decodeKeyFile(encodeKeyFile(one)), one);
      }),
    );
  });

  it('are read or refused, however damaged, and what is read can be written', () => {
    const original = bytes(whole);
    const change = record({ at: fc.nat(original.length - 1), to: fc.nat(255) });
    const damage = record({
      changes: fc.array(change, { maxLength: 4 }),
      from: fc.nat(original.length),
      removed: fc.nat(3),
      inserted: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(damage, ({ changes, from, removed, inserted }) => {
        const der = [...original];
        for (const { at, to } of changes) der[at] = to;
        der.splice(from, removed, ...inserted);
        readOrRefuse(pem(Uint8Array.from(der)), der.length);
      }),
      { numRuns: fuzzRuns },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) =>
        readOrRefuse(`-----BEGIN TSS2 PRIVATE KEY-----${text}-----END TSS2 PRIVATE KEY-----`, 150),
      ),
      { numRuns: fuzzRuns },
    );
    for (let length = 0; length < original.length; length++) {
      assert.throws(() => decodeKeyFile(pem(original.subarray(0, length))), TpmFormatError);
    }
  });
});

function readOrRefuse(text: string, length: number): void {
  let read: KeyFile;
  try {
    read = decodeKeyFile(text);
  } catch (error) {
    assert.ok(error instanceof TpmFormatError, String(error));
    assert.ok((error.offset ?? 0) <= length, `offset ${error.offset} of ${length}`);
    return;
  }
  assert.deepEqual(decodeKeyFile(encodeKeyFile(read)), read);
}
