/** What is reported to the boot loader about a start, with stand-ins for systemctl and rauc. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = path.resolve(
  import.meta.dirname,
  '../../../../board/common/overlay/usr/lib/card/mark-good',
);

describe('mark-good', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'mark-good-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function markGood(...active: string[]) {
    // As systemctl(1) has it: success when at least one of the units is active.
    const systemctl = `#!/bin/sh\nfor unit; do case " ${active.join(' ')} " in *" $unit "*) exit 0 ;; esac; done\nexit 3\n`;
    writeFileSync(path.join(folder, 'systemctl'), systemctl, { mode: 0o755 });
    writeFileSync(path.join(folder, 'rauc'), '#!/bin/sh\necho "rauc $*"\n', { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH ?? ''}` };
    const { status, stdout, stderr } = spawnSync('sh', [script], { encoding: 'utf8', env });
    return { status, output: stdout + stderr };
  }

  it('gives the attempts back when gadget and tunnel service run', () => {
    const { status, output } = markGood('usb-gadget.service', 'enftun@enf0.service');
    assert.equal(status, 0);
    assert.equal(output, 'rauc status mark-good\n');
  });

  for (const [active, missing] of [
    ['usb-gadget.service', 'enftun@enf0.service'],
    ['enftun@enf0.service', 'usb-gadget.service'],
  ] as const) {
    it(`counts a start without ${missing} as failed`, () => {
      const { status, output } = markGood(active);
      assert.equal(status, 1);
      assert.match(output, new RegExp(`^mark-good: ${missing} does not run`));
    });
  }
});
