/** docs/messages.md and the catalogue of message codes are equal, and each code is in use. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { messageCodes, messageMeanings } from '../../../src/platform/message-codes.ts';

const app = path.resolve(import.meta.dirname, '../../..');
const catalogue = 'platform/message-codes.ts';

describe('docs/messages.md', () => {
  it('has a row for each code, with its meaning, in the order of the catalogue', () => {
    const page = readFileSync(path.join(app, '../docs/messages.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+?) \|/gm)].map(([, ...cells]) => cells);
    assert.deepEqual(rows, Object.entries(messageMeanings));
  });
});

describe('the catalogue of message codes', () => {
  it('has codes in kebab case, with a cause behind a dot at most', () => {
    const isCode = /^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?$/;
    assert.deepEqual(
      messageCodes.filter((code) => !isCode.test(code)),
      [],
    );
  });

  it('has no code that is not logged', () => {
    const sources = readdirSync(path.join(app, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== catalogue)
      .map((name) => readFileSync(path.join(app, 'src', name), 'utf8'))
      .join('\n');
    // The first argument of a call that logs, or what was chosen for it beforehand.
    const places = /(?:(?:\.(?:error|warning|info)|#warn)\([^,]*,|const code =\s[^;]*;)/g;
    const logged = new Set(
      [...sources.matchAll(places)].flatMap(([place]) =>
        [...place.matchAll(/['`]([a-z.-]+)/g)].map(([, code]) => code),
      ),
    );
    const isLogged = (code: string): boolean =>
      logged.has(code) || logged.has(`${code.split('.')[0]}.`);
    assert.ok(messageCodes.length >= 60);
    assert.deepEqual(
      messageCodes.filter((code) => !isLogged(code)),
      [],
    );
  });
});
