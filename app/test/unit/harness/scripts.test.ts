/** Programs that tests and demonstrations start by the names of their files. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** They may name script(1). */
const comment = /\/\*[^]*?\*\//g;

const app = path.resolve(import.meta.dirname, '../../..');

it('every script that a test or a demonstration starts exists', () => {
  const files = ['test', 'demo'].flatMap((folder) =>
    readdirSync(path.join(app, folder), { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          name.endsWith('.ts') && path.basename(name) !== path.basename(import.meta.filename),
      )
      .map((name) => path.join(app, folder, name)),
  );
  const named = files.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8')
        .replaceAll(comment, '')
        .matchAll(/\bscript\(([^)]*)\)/g),
    ].map(([, words]) => words!),
  );
  const literals = named.filter((words) => words !== 'file: string');
  assert.ok(literals.length > 10, 'the pattern finds the calls');
  for (const literal of literals) {
    const [, script] = /^'([^']+\.ts)'$/.exec(literal) ?? [];
    assert.ok(script !== undefined, `script(${literal}): name the file where it is started`);
    assert.ok(existsSync(path.join(app, script)), `there is no app/${script}`);
  }
});
