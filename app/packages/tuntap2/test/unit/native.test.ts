/** The loader, in processes of their own: what is loaded stays loaded. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const program = `
  import { openSync } from 'node:fs';
  import { AddonError, probeRoute } from '${new URL('../../src/index.ts', import.meta.url).href}';
  if (process.env.FILL) try {
    for (;;) openSync('/dev/null');
  } catch {}
  try {
    console.log(probeRoute({ address: '::1', port: 9 }).localAddress);
  } catch (error) {
    console.log(error instanceof AddonError, error.code, error.errno, error.message);
  }
`;

function run(addon: string | undefined, more: Record<string, string> = {}): string {
  const env = { ...process.env, ...more };
  if (addon === undefined) delete env.TUNTAP2_ADDON;
  else env.TUNTAP2_ADDON = addon;
  const words = ['--import=tsx', '--conditions=source', '--input-type=module', '-e', program];
  // Node.js raises the soft limit to the hard one.
  const argv = ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, ...words];
  const { stdout, stderr } = spawnSync('sh', argv, { encoding: 'utf8', env });
  return stdout + stderr;
}

describe('the addon', () => {
  it('is found in the build folder of the package', () => {
    assert.equal(run(undefined), '::1\n');
  });

  it('is looked for only where TUNTAP2_ADDON says, and says how to build it', () => {
    const output = run('/nowhere/tuntap2.node');
    assert.match(output, /^true ADDON ENOENT no addon at \/nowhere\/tuntap2\.node/);
    assert.match(output, /make -C app\/packages\/tuntap2 TARGET=linux-/);
  });

  it('is not blamed for a process without free descriptors', () => {
    const output = run(undefined, { FILL: '1' });
    assert.match(output, /^true ADDON EMFILE cannot load .*no free file descriptor/);
    assert.doesNotMatch(output, /rebuild/);
  });

  it('says that it was built for another machine', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tuntap2-'));
    try {
      const file = path.join(folder, 'tuntap2.node');
      writeFileSync(file, 'not a library');
      assert.match(run(file), /^true ADDON ENOEXEC cannot load .*rebuild it with TARGET=linux-/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
