/** A folder for the files of one test, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Call inside `describe`; the returned function gives the folder of the running test. */
export function scratchFolder(): () => string {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'enftun-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return () => folder;
}
