/**
 * Runs a parser over its corpus and over random changes of it for a bounded time. FUZZ_SECONDS is the time per target;
 * without it, it is two seconds from one seed, so that a green tree stays green. With it each run explores; FUZZ_SEED
 * repeats one. A failure prints the input as hex: it becomes a named row of the parser's unit test and a file of the
 * corpus.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { mutate, randomFrom } from './mutate.ts';

const secondsPerTarget = Number(process.env.FUZZ_SECONDS ?? 2);
const explores = process.env.FUZZ_SECONDS !== undefined;
const seed = Number(process.env.FUZZ_SEED ?? (explores ? Date.now() & 0x7fffffff : 1));
/** Inputs between two looks at the clock. */
const defaultStride = 500;
/** Inputs that the parser accepted join the corpus, so that later changes build on them. */
const maxLearned = 500;

/**
 * `check` throws when the parser misbehaves and returns true when it accepted the input. One that takes milliseconds
 * needs a smaller `stride`.
 */
export function fuzzTarget(
  name: string,
  check: (input: Uint8Array) => boolean,
  stride = defaultStride,
): void {
  describe(`fuzz ${name}`, () => {
    const corpus = readCorpus(name);

    for (const [file, input] of corpus) {
      it(`keeps its promises for ${file}`, () => {
        check(input);
      });
    }

    it(`keeps its promises for ${secondsPerTarget} s of random changes`, function () {
      const random = randomFrom(seed);
      const inputs = corpus.map(([, input]) => input);
      const end = Date.now() + secondsPerTarget * 1000;
      let runs = 0;
      let accepted = 0;
      while (Date.now() < end) {
        for (let i = 0; i < stride; i++) {
          const input = mutate(
            inputs[random(inputs.length)]!,
            inputs[random(inputs.length)]!,
            random,
          );
          if (survives(check, input, runs)) {
            accepted++;
            if (inputs.length < maxLearned && random(16) === 0) inputs.push(input);
          }
          runs++;
        }
      }
      // A target that accepts nothing tests only its first line, one that refuses nothing is not a parser.
      assert.ok(accepted > 0 && accepted < runs, `${accepted} of ${runs} inputs accepted`);
      this.test!.title += ` (${runs} inputs, ${accepted} accepted)`;
    });
  });
}

function survives(check: (input: Uint8Array) => boolean, input: Uint8Array, run: number): boolean {
  try {
    return check(input.slice());
  } catch (cause) {
    const hex = Buffer.from(input).toString('hex');
    assert.fail(`input ${hex}\nFUZZ_SEED=${seed}, run ${run}: ${String(cause)}`);
  }
}

/** Files of hex text; white space does not count. */
function readCorpus(name: string): [file: string, input: Uint8Array][] {
  const folder = path.join(import.meta.dirname, 'corpus', name);
  const files = readdirSync(folder).sort();
  assert.ok(files.length > 0, `no corpus in ${folder}`);
  return files.map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8').replace(/\s+/g, '');
    assert.match(text, /^([0-9a-f]{2})*$/, `${file} is not hex`);
    return [file, Uint8Array.from(Buffer.from(text, 'hex'))];
  });
}
