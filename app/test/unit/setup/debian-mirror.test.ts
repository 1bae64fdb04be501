/** Which mirror packages come from, with an apt-get that prints what a configuration would give. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = path.resolve(import.meta.dirname, '../../../setup/debian-mirror.sh');

describe('the Debian mirror', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'mirror-'))));
  after(() => rmSync(folder, { recursive: true }));

  function find(targets: string, environment: Readonly<Record<string, string>> = {}) {
    const apt = path.join(folder, 'apt-get');
    writeFileSync(apt, `#!/bin/sh\nprintf '${targets}'\n`);
    chmodSync(apt, 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}`, ...environment };
    return spawnSync('sh', [script], { env, encoding: 'utf8' });
  }

  it("is that of the machine's own apt, without a slash at its end", () => {
    const targets = 'Other https://packages.example/x/\\nDebian http://mirror.example/debian/\\n';
    assert.equal(find(targets).stdout, 'http://mirror.example/debian\n');
  });

  it('is MIRROR, if that is set', () => {
    const targets = 'Debian http://mirror.example/debian/\\n';
    assert.equal(find(targets, { MIRROR: 'http://near/debian' }).stdout, 'http://near/debian\n');
  });

  it('has no default: a machine without one is asked to name it', () => {
    const { status, stdout, stderr } = find('Ubuntu http://mirror.example/ubuntu/\\n');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /MIRROR=URL/);
  });
});
