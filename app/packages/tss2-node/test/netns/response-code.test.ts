/**
 * The decoder against tpm2_rc_decode. The tool decodes one code per process, so by default each part of a code meets
 * all of its values: all of format 0, each error of format 1, and each blame. RC_STEP=1 takes all 4096 codes.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeResponseCode } from '../../src/index.ts';

const buildFolder = fileURLToPath(new URL('../../build', import.meta.url));
const formatOne = 0x080;
/** TPM_RC_VALUE. */
const someError = 0x04;
/** What format 0 has above its seven bits: codes of TPM 1.2, errors and warnings. */
const formatZeroKinds = [0x000, 0x100, 0x900];

function codesToDecode(): number[] {
  const all = Array.from({ length: 0x1000 }, (_, code) => code);
  if (process.env.RC_STEP === '1') return all;
  return all.filter((code) =>
    code & formatOne
      ? (code & 0x3f) === someError || code >> 6 === formatOne >> 6
      : formatZeroKinds.includes(code & ~0x7f),
  );
}

/**
 * What the tool prints for each code, or undefined without the tool. Kept for the next run with the same tool, which is
 * with another Node.js.
 */
async function toolLines(codes: readonly number[]): Promise<string[] | undefined> {
  // Without the preloaded sanitizer, in which the tools can deadlock.
  const options = { env: { PATH: process.env.PATH }, maxBuffer: 2 ** 22 };
  const sh = async (script: string, ...args: string[]) =>
    (await promisify(execFile)('sh', ['-c', script, 'sh', ...args], options)).stdout.trimEnd();
  const tool = await sh('readlink -f "$(command -v tpm2_rc_decode)" || true');
  if (tool === '') return undefined;
  const { size, mtimeMs } = await stat(tool);
  const kept = path.join(buildFolder, `rc-decode-${codes.length}-${size}-${mtimeMs}.txt`);
  try {
    return (await readFile(kept, 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const text = await sh('for code; do tpm2_rc_decode "$code"; done', ...codes.map(String));
  await writeFile(`${kept}.new`, text);
  await rename(`${kept}.new`, kept);
  return text.split('\n');
}

describe('tpm2_rc_decode', () => {
  it('blames the same, and names the same codes', async function () {
    const codes = codesToDecode();
    const lines = await toolLines(codes);
    if (lines === undefined) {
      console.log("skipped: tpm2_rc_decode is missing; install Debian's tpm2-tools");
      this.skip();
    }
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
      if (blame) {
        const shown = blame.kind === 'parameter' ? blame.number & 7 : blame.number;
        assert.equal(shown, number === 'unk' ? 0 : Number(number), what);
      }
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
