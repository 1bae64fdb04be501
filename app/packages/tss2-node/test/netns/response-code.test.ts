/** The decoder against tpm2_rc_decode: all format 0 and format 1 codes with RC_STEP=1, else a part of them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { decodeResponseCode } from '../../src/index.ts';

const codeCount = 0x1000;
/** Odd, so that all low bits are met. */
const step = Number(process.env.RC_STEP ?? 61);

describe('tpm2_rc_decode', () => {
  it('blames the same, and names the same codes', async () => {
    const codes = Array.from({ length: Math.ceil(codeCount / step) }, (_, i) => i * step);
    const script = 'for code; do tpm2_rc_decode "$code"; done';
    const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', ...codes.map(String)]);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, codes.length);
    /** A name of ours has the same words of the tool wherever it occurs. */
    const textOf = new Map<string, string>();
    for (const [i, line] of lines.entries()) {
      const code = codes[i]!;
      const { name, blame } = decodeResponseCode(code);
      const what = `0x${code.toString(16)}: ${line}`;
      const [, kind, number, text] =
        /^tpm:(handle|parameter|session)\((\w+)\):(.*)$/.exec(line) ?? [];
      assert.equal(blame?.kind, kind, what);
      // The tool prints three of the four bits that the specification has for the number of a parameter.
      if (blame) assert.equal(blame.number & 7, number === 'unk' ? 0 : Number(number), what);
      const words = text ?? line.replace(/^tpm:(?:\w+\(\d\.\d\): ?)?/, '');
      const isKnown = !/^0x|unknown|^Vendor|^\(null\)$/.test(words) || code === 0x1e;
      // The header has names for codes that it calls "not currently used"; the tool has no text for them.
      if (code !== 0 && isKnown) assert.ok(name !== undefined, what);
      if (name !== undefined && isKnown && code !== 0) {
        assert.equal(textOf.get(name) ?? words, words, what);
        textOf.set(name, words);
      }
    }
  }).timeout(300_000);
});
