import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { requireCredentials } from '../../../src/config/build-config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { schema, settingNames } from '../../../src/config/schema.ts';
import { explainKeysInMarkdown } from '../../../src/programs/enftun/explain-keys.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

const app = path.resolve(import.meta.dirname, '../../..');
const examples = path.join(app, 'examples');

describe('configuration documents', () => {
  const folder = scratchFolder();

  for (const name of ['server.conf', 'card-data.conf', 'card-control.conf']) {
    it(`${name} is complete and without warnings`, () => {
      const { config, warnings } = loadConfig(path.join(examples, name));
      assert.deepEqual(warnings, []);
      requireCredentials(config);
    });

    it(`${name} stays so with its commented keys`, () => {
      const text = readFileSync(path.join(examples, name), 'utf8');
      const { uncommented, count } = uncomment(text);
      assert.ok(count > 0 || name === 'card-control.conf');
      const file = path.join(folder(), name);
      writeFileSync(file, uncommented);
      assert.deepEqual(loadConfig(file).warnings, []);
    });
  }

  it('every example is tested here', () => {
    assert.equal(readdirSync(examples).length, 3);
  });

  it('docs/configuration.md has the table of `enftun keys --markdown`', () => {
    const page = readFileSync(path.join(app, '../docs/configuration.md'), 'utf8');
    assert.ok(page.includes(`\n${explainKeysInMarkdown()}\n`), 'replace the table in the page');
  });

  it('every key is explained in sentences', () => {
    for (const name of settingNames) assert.match(schema[name].doc, /^[A-Z`].*\.$/, name);
  });
});

/** Activates every comment that is a setting, or the brackets of a group. */
function uncomment(text: string): { uncommented: string; count: number } {
  let count = 0;
  const uncommented = text.replace(
    /^( *)# ( *(?:\w+ [=:] .*[\]"}{\w]|\}))$/gm,
    (_, indent: string, setting: string) => {
      count++;
      return `${indent}${setting}`;
    },
  );
  return { uncommented, count };
}
