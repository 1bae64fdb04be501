import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../../../src/platform/atomic-file.ts';
import {
  mostRemoved,
  removeStaleTemporaries,
  staleAfter,
  temporaryFor,
} from '../../../src/platform/stale-temporaries.ts';
import { scratchFolder } from './scratch-folder.ts';

const twelve = (number: number): string => number.toString(16).padStart(12, '0');

describe('temporary files that were left behind', () => {
  const folder = scratchFolder();
  const file = (name: string): string => path.join(folder(), name);
  const later = (): number => Date.now() + 2 * staleAfter;

  it('are removed, and nothing that only looks like one', () => {
    const kept = [
      'a.json',
      '.a.json.0123456789ab',
      '.a.json.0123456789a.tmp',
      '.a.json.0123456789AB.tmp',
      '.a.json.x0123456789ab.tmp',
      '.b.json.0123456789ab.tmp',
      'a.json.0123456789ab.tmp',
      '.axjson.0123456789ab.tmp',
    ];
    for (const name of [...kept, '.a.json.0123456789ab.tmp']) writeFileSync(file(name), 'x');
    mkdirSync(file('.a.json.aaaaaaaaaaaa.tmp'));
    symlinkSync('a.json', file('.a.json.bbbbbbbbbbbb.tmp'));
    removeStaleTemporaries(file('a.json'), later());
    assert.deepEqual(
      readdirSync(folder()).sort(),
      [...kept, '.a.json.aaaaaaaaaaaa.tmp', '.a.json.bbbbbbbbbbbb.tmp'].sort(),
    );
  });

  it('are distinguished from one that is being written by their age, whichever way the clock was set', () => {
    writeFileSync(temporaryFor(file('a'), twelve(1)), 'x');
    removeStaleTemporaries(file('a'));
    assert.equal(readdirSync(folder()).length, 1, 'another process may be writing it');
    removeStaleTemporaries(file('a'), Date.now() - 2 * staleAfter);
    assert.equal(readdirSync(folder()).length, 0);
  });

  it('are removed a bounded number at a time', () => {
    for (let i = 0; i < mostRemoved + 3; i++) {
      writeFileSync(temporaryFor(file('a'), twelve(i)), 'x');
    }
    removeStaleTemporaries(file('a'), later());
    assert.equal(readdirSync(folder()).length, 3);
  });

  it('keep nothing from being written where they cannot be listed', () => {
    removeStaleTemporaries(path.join(folder(), 'none', 'a'), later());
  });

  it('are gone with the next write of their file', async () => {
    writeFileSync(temporaryFor(file('a'), twelve(1)), 'half');
    const systemNow = Date.now;
    const shifted = later();
    Date.now = () => shifted;
    try {
      await replaceFile(file('a'), { content: 'whole', mode: 0o644 });
    } finally {
      Date.now = systemNow;
    }
    assert.deepEqual(readdirSync(folder()), ['a']);
  });
});
