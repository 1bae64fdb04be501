import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { clockFloorFile, writeClockFloor } from '../../../src/platform/clock-floor-file.ts';
import { TimeOfDay } from '../../../src/daemon/time-of-day.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';
import { MemoryLog } from '../platform/memory-log.ts';

const date = new Date('2031-02-03T04:05:06Z');

describe('time of day', () => {
  const folder = scratchFolder();
  const file = (): string => path.join(folder(), 'clock-floor');

  for (const [said, isKept] of [
    [true, true],
    [false, false],
    // Where the kernel does not report it, the file of systemd-timesyncd does.
    [undefined, existsSync('/run/systemd/timesync/synchronized')],
  ] as const) {
    it(`is ${isKept ? '' : 'not '}kept where the kernel says ${said}`, () => {
      const time = new TimeOfDay(
        () => undefined,
        new MemoryLog(),
        () => said,
      );
      assert.equal(time.isKept(), isKept);
    });
  }

  it('keeps what a certificate proves beside the credentials, as the time of the file', async () => {
    const log = new MemoryLog();
    const time = new TimeOfDay(() => path.join(folder(), 'cert.pem'), log);
    time.isAtLeast(date);
    assert.match(log.lines[0]!, / 2031-02-03 04:05:06 UTC.*\[clock-behind\]/);
    await time.settled;
    assert.equal(statSync(file()).mtimeMs, date.getTime());
    assert.equal(readFileSync(file(), 'utf8'), '2031-02-03T04:05:06.000Z\n');
    assert.equal(log.lines.length, 1);
  });

  it('says when it cannot', async () => {
    const log = new MemoryLog();
    const time = new TimeOfDay(() => path.join(folder(), 'none/cert.pem'), log);
    time.isAtLeast(date);
    await time.settled;
    assert.match(
      log.lines[1]!,
      /none\/clock-floor: cannot be written: no such file .*; create its folder, or set this/,
    );
  });

  it('does not wait for a pipe in the place of the floor', async () => {
    execFileSync('mkfifo', [file()]);
    await assert.rejects(writeClockFloor(file(), date), /is a pipe, which is not replaced/);
  });

  it('replaces an older floor', async () => {
    await writeClockFloor(file(), new Date('2040-01-01'));
    await writeClockFloor(file(), date);
    assert.equal(statSync(file()).mtimeMs, date.getTime());
    assert.equal(clockFloorFile(path.join(folder(), 'cert.pem')), file());
  });

  it('names the file that cannot be written', async () => {
    await assert.rejects(writeClockFloor('/proc/none/clock-floor', date), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.equal(error.errno, 'ENOENT');
      return true;
    });
  });
});
