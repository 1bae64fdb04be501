import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const app = path.resolve(import.meta.dirname, '../../..');

/** Without a terminal, and with nothing to read. */
function attach(...words: string[]) {
  const argv = ['--import', 'tsx', '--conditions=source', 'demo/attach.ts', ...words];
  return spawnSync(process.execPath, argv, { cwd: app, encoding: 'utf8', timeout: 60_000 });
}

describe('the shell of a running card, without a terminal', () => {
  it('says that it needs one, and nothing about the card', () => {
    const { status, stderr } = attach('host');
    assert.equal(status, 2);
    assert.equal(
      stderr,
      'attach: the shell needs a terminal, and the standard input is not one\nTry "attach --help".\n',
    );
  });

  it('is refused under any other name', () => {
    const { status, stderr } = attach('enf');
    assert.equal(status, 2);
    assert.equal(
      stderr,
      'attach: the machine is one of card, host, not "enf"\nTry "attach --help".\n',
    );
  });
});
