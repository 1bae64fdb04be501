import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readStorage } from '../../../src/status/storage.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { requireKept, storageWords } from '../../../src/status/format-storage.ts';
import type { TunnelState } from '../../../src/tunnel/tunnel-state.ts';
import { printStatus } from '../../../src/status/print-status.ts';
import { describeState } from '../../../src/status/format-state.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';
import { status, upState } from './status-fixture.ts';

const root = '21 1 254:0 / / ro,relatime shared:1 - ext4 /dev/vda ro';
const data = '25 21 254:16 / /data rw,noatime shared:2 - ext4 /dev/vdb rw,errors=remount-ro';
const below = '40 25 254:16 /system/journal /var/log/journal rw - ext4 /dev/vdb rw';

describe('storage of a card', () => {
  const folder = scratchFolder();
  const read = () =>
    readStorage({ mountInfo: path.join(folder(), 'mountinfo'), sys: path.join(folder(), 'sys') });
  const rows: [what: string, lines: string[], state: string | undefined][] = [
    ['the data partition', [root, data, below], 'kept'],
    ['one that became read-only', [root, data.replace('vdb rw', 'vdb ro')], 'read-only'],
    ['one that the kernel closed', [root, data.replace('vdb rw', 'vdb rw,shutdown')], 'read-only'],
    ['a mount that a sandbox shows read-only', [root, data.replace('rw,', 'ro,')], 'kept'],
    ['memory', [root, '25 21 0:30 / /data rw,nosuid - tmpfs data rw,size=32768k'], 'memory'],
    ['memory over a partition', [root, data, '26 25 0:30 / /data rw - tmpfs data rw'], 'memory'],
    ['another machine', [root, below], undefined],
    ['no mounts', ['', 'nonsense - '], undefined],
  ];
  for (const [what, lines, state] of rows) {
    it(`recognizes ${what}`, () => {
      writeFileSync(path.join(folder(), 'mountinfo'), lines.join('\n'));
      assert.deepEqual(read(), state === undefined ? null : { path: '/data', state });
    });
  }

  it('finds an error that the kernel counted and does not show in the options', () => {
    writeFileSync(path.join(folder(), 'mountinfo'), data);
    for (const place of ['sys/dev/block', 'sys/fs/ext4/vdb']) {
      mkdirSync(path.join(folder(), place), { recursive: true });
    }
    symlinkSync('../../devices/virtio3/block/vdb', path.join(folder(), 'sys/dev/block/254:16'));
    for (const [count, state] of [
      ['0\n', 'kept'],
      ['2\n', 'read-only'],
    ] as const) {
      writeFileSync(path.join(folder(), 'sys/fs/ext4/vdb/errors_count'), count);
      assert.equal(read()?.state, state);
    }
  });

  it('says nothing where nothing can be read', () => {
    assert.equal(read(), null);
  });

  it('has words for what keeps nothing, and only for that', () => {
    assert.equal(storageWords(null), undefined);
    assert.equal(storageWords({ path: '/data', state: 'kept' }), undefined);
    for (const state of ['memory', 'read-only'] as const) {
      assert.match(storageWords({ path: '/data', state })?.problem ?? '', /^\/data .*; re/);
    }
  });

  it('refuses a command that would write there', () => {
    const lost = { path: '/data', state: 'memory' } as const;
    for (const folder of ['/data', '/data/wifi']) {
      assert.throws(() => requireKept(folder, lost), EnvironmentError);
      requireKept(folder, { ...lost, state: 'kept' });
      requireKept(folder, null);
    }
    requireKept('/database/wifi', lost);
  });

  it('takes the place of a missing identity in what a person reads', () => {
    const tunnel: TunnelState = {
      ...upState,
      phase: 'no-identity',
      session: undefined,
      problem: '/data/x.pem is not there; provision the device',
    };
    const words = (state: 'memory' | 'read-only' | 'kept') =>
      describeState(status({ tunnel, storage: { path: '/data', state } }));
    assert.doesNotMatch(JSON.stringify(words('memory')), /provision/);
    const lost = printStatus(status({ tunnel, storage: { path: '/data', state: 'memory' } }));
    assert.doesNotMatch(lost, /provision/);
    assert.match(lost, /^ +Storage +\/data is in memory/m);
    assert.match(words('memory').nextStep, /data partition of the card cannot be used/);
    assert.match(words('read-only').explanation, /identity.*the kernel has closed it/);
    assert.match(words('read-only').nextStep, /Unplug the card and plug it in again/);
    assert.doesNotMatch(JSON.stringify(words('kept')), /partition/);
    const up = describeState(status({ storage: { path: '/data', state: 'memory' } }));
    assert.match(up.explanation, /runs from memory/);
  });
});
