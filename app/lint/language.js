/**
 * Checks the language of what people read (docs/style.md): strings that programs print, comments, documents. Part of
 * `make lint`; prints a line per fault and ends with status 1.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { faultsOf, headingRules, longestLine, sentenceRules } from './language-rules.js';
import { textsOf } from './language-texts.js';

const root = path.resolve(import.meta.dirname, '../..');
const read =
  /\.(?:ts|js|cjs|cc|h|c|md|sh|mk|service|socket|path|timer|conf)$|\/Makefile$|^Makefile$/;

/** Everything in git that a person reads. A file without an ending is a script if it begins like one. */
function files() {
  const names = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  return names
    .filter((name) => name !== '' && !isForeign(name))
    .flatMap((name) => {
      if (!read.test(name) && path.extname(name) !== '') return [];
      try {
        if (!lstatSync(path.join(root, name)).isFile()) return [];
        const content = readFileSync(path.join(root, name), 'utf8');
        return read.test(name) || content.startsWith('#!') ? [{ name, content }] : [];
      } catch {
        // Deleted, and not yet in the index.
        return [];
      }
    });
}

/** These rules and their examples, and the licence. */
function isForeign(name) {
  return name.startsWith('app/lint/language') || name === 'docs/style.md' || name === 'LICENSE';
}

function faultsIn({ name, content }) {
  return textsOf(name, content).flatMap(({ kind, line, text, length = 0 }) => {
    const rules = kind === 'heading' ? [...headingRules, ...sentenceRules] : sentenceRules;
    const isSentence = kind === 'heading' || /\S\s+\S/.test(text);
    const faults = isSentence ? faultsOf(text, rules) : [];
    if (length > longestLine) faults.push(`a line of ${length} characters: at most ${longestLine}`);
    return faults.map((fault) => `${name}:${line}: ${kind}: ${fault}`);
  });
}

const faults = files().flatMap(faultsIn);
for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`${faults.length} faults of language; the rules are in docs/style.md`);
  process.exitCode = 1;
}
