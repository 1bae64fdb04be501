import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  aesInAuxv,
  aesInCpuinfo,
  hasAesInstructions,
} from '../../../src/uplink/aes-instructions.ts';

describe('AES instructions', () => {
  const texts: [what: string, text: string, hasAes: boolean | undefined][] = [
    ['x86 with them', 'processor\t: 0\nflags\t\t: fpu vme aes xsave\n', true],
    ['x86 without', 'processor\t: 0\nflags\t\t: fpu vme vaesx xsave\n', false],
    ['a Cortex-A7', 'processor\t: 0\nFeatures\t: half thumb fastmult vfp edsp neon vfpv3\n', false],
    ['a 64-bit ARM', 'Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid\n', true],
    ['a processor with words of its own', 'isa\t\t: rv64imafdc\n', undefined],
    ['nothing', '', undefined],
  ];
  for (const [what, text, expected] of texts) {
    it(`are read from what the kernel says of ${what}`, () => {
      assert.equal(aesInCpuinfo(text), expected);
    });
  }

  const vector = (bytes: 4 | 8, ...pairs: [entry: number, value: number][]): Buffer => {
    const buffer = Buffer.alloc((pairs.length + 1) * 2 * bytes);
    pairs.flat().forEach((number, index) => buffer.writeUInt32LE(number, index * bytes));
    return buffer;
  };

  it('are read from the auxiliary vector of 32-bit ARM', () => {
    assert.equal(aesInAuxv(vector(4, [16, 0xffffffff], [26, 0x1f]), 'arm'), true);
    assert.equal(aesInAuxv(vector(4, [16, 0xffffffff], [26, 0x1e]), 'arm'), false);
    assert.equal(aesInAuxv(vector(4, [16, 0xffffffff]), 'arm'), undefined);
  });

  it('are read from the auxiliary vector of 64-bit ARM', () => {
    assert.equal(aesInAuxv(vector(8, [6, 4096], [16, 8]), 'arm64'), true);
    assert.equal(aesInAuxv(vector(8, [6, 4096], [16, 7], [26, 0xffffffff]), 'arm64'), false);
  });

  it('are unknown from a vector that says nothing of them, or is cut', () => {
    assert.equal(aesInAuxv(vector(8, [16, 0xffffffff]), 'x64'), undefined);
    assert.equal(aesInAuxv(vector(4, [26, 1]).subarray(0, 7), 'arm'), undefined);
  });

  it('are asked of this machine', () => {
    const words = readFileSync('/proc/cpuinfo', 'latin1').split(/\s+/);
    if (words.includes('flags') || words.includes('Features')) {
      assert.equal(hasAesInstructions(), words.includes('aes'));
    }
  });
});
