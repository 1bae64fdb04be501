import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { top } from './tree.ts';

type Manifest = Record<string, string[] | Record<string, string>>;
type Differences = Record<string, Record<string, string>>;

describe('external tree: comparison of manifests', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'manifests-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function compare(reference: Manifest, other: Manifest, allowed: Differences = {}, builtin = '') {
    const inputs = [reference, other, allowed].map((value, index) => {
      const name = path.join(folder, `${index}.json`);
      writeFileSync(name, JSON.stringify(value));
      return name;
    });
    const modules = path.join(folder, 'modules.builtin');
    writeFileSync(modules, builtin);
    const script = path.join(top, 'board/common/compare-manifests.js');
    const result = spawnSync(process.execPath, [script, ...inputs, modules], { encoding: 'utf8' });
    assert.equal(result.stderr, '');
    return { status: result.status, lines: result.stdout.trimEnd().split('\n') };
  }

  it('is content with equals, whatever their versions', () => {
    const manifest = { users: ['root:x:0'], versions: { kernel: '1' } };
    assert.equal(compare(manifest, { ...manifest, versions: { kernel: '2' } }).status, 0);
  });

  const rows: [string, Manifest, Manifest, string][] = [
    ['what is missing', { users: ['a', 'b'] }, { users: ['a'] }, 'users: missing: b'],
    ['what is too much', { units: ['a'] }, { units: ['a', 'b'] }, 'units: not expected: b'],
    [
      'another mode',
      { files: { '/f': '0644' } },
      { files: { '/f': '0755' } },
      'files: missing: /f 0644',
    ],
    ['a key of one side', { setuid: ['s'] }, {}, 'setuid: missing: s'],
    [
      'a module that the kernel lacks',
      { kernelModules: ['tun'] },
      { kernelModules: [] },
      'kernelModules: missing: tun',
    ],
  ];
  for (const [name, reference, other, line] of rows) {
    it(`reports ${name}`, () => {
      const { status, lines } = compare(reference, other);
      assert.equal(status, 1);
      assert.ok(lines.includes(line), lines.join('\n'));
    });
  }

  it('lets pass what is meant, and no more', () => {
    const allowed = { users: { '+ lp*': 'the other builder has a printer' } };
    assert.equal(compare({ users: [] }, { users: ['lp:x'] }, allowed).status, 0);
    assert.equal(compare({ users: ['lp:x'] }, { users: [] }, allowed).status, 1);
  });

  it('wants a list without entries that are over', () => {
    const { status, lines } = compare({ users: [] }, { users: [] }, { users: { '+ lp': 'once' } });
    assert.equal(status, 1);
    assert.deepEqual(lines, ['users: no such difference any more: + lp']);
  });

  it('takes a masked unit for one that is not started', () => {
    const wants = ['sysinit.target.wants/ldconfig.service'];
    const masked = { startedUnits: wants, maskedUnits: ['ldconfig.service'] };
    const without = { startedUnits: [], maskedUnits: ['ldconfig.service'] };
    assert.equal(compare(masked, without).status, 0);
    const { lines } = compare(without, { startedUnits: wants, maskedUnits: [] });
    assert.ok(lines.includes(`startedUnits: not expected: ${wants[0]}`), lines.join('\n'));
  });

  it('takes a built-in for a module, and further modules for no difference', () => {
    const found = compare(
      { kernelModules: ['usb_f_ncm', 'tun'] },
      { kernelModules: ['veth', 'tun'] },
      {},
      'kernel/drivers/usb/gadget/function/usb_f_ncm.ko\n',
    );
    assert.equal(found.status, 0, found.lines.join('\n'));
  });
});
