import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const app = path.resolve(import.meta.dirname, '../../..');
const program = ['--conditions=source', '--import', 'tsx', 'src/bin/enftun.ts'];

describe('program enftun', function () {
  this.timeout(20_000);

  it('ends with the status of the command line', () => {
    const { status, stderr } = spawnSync(process.execPath, [...program, '-x'], { cwd: app });
    assert.equal(status, 2);
    assert.match(stderr.toString(), /^enftun: unknown option -x\n/);
  });

  it('starts the lines of its log with a level when stderr is no terminal', () => {
    const argv = [...program, '-c', '/nonexistent/enf0.conf'];
    const { status, stderr } = spawnSync(process.execPath, argv, { cwd: app });
    assert.equal(status, 78);
    assert.equal(
      stderr.toString(),
      '<3>/nonexistent/enf0.conf: cannot be read: no such file or directory\n',
    );
  });
});
