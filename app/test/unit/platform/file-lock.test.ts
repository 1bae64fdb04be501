import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { milliseconds } from '../../../src/core/time.ts';
import { withFileLock } from '../../../src/platform/file-lock.ts';
import { scratchFolder } from './scratch-folder.ts';

describe('platform/file-lock', () => {
  const folder = scratchFolder();
  const file = () => path.join(folder(), 'file');

  it('lets one in at a time, and hands on what the work returns or throws', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<number> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      return most;
    };
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(file(), work)));
    assert.equal(most, 1);
    await assert.rejects(
      withFileLock(file(), () => Promise.reject(new RangeError('mine'))),
      RangeError,
    );
    assert.equal(await withFileLock(file(), () => Promise.resolve(7)), 7);
  });

  it('does not wait for the lock of another file', async () => {
    const inner = () => withFileLock(`${file()}.other`, () => Promise.resolve('done'));
    assert.equal(await withFileLock(file(), inner), 'done');
  });

  it('gives up with a sentence, and is free again when its holder was killed', async () => {
    const module = path.resolve(import.meta.dirname, '../../../src/platform/file-lock.ts');
    const holder = spawn(
      process.execPath,
      [
        ...['--import', 'tsx', '--conditions=source', '--input-type=module', '-e'],
        `import { withFileLock } from ${JSON.stringify(module)};
         await withFileLock(${JSON.stringify(file())}, () => {
           console.log('held');
           return new Promise((resolve) => setTimeout(resolve, 600_000));
         });`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    const nothing = () => Promise.resolve();
    await assert.rejects(withFileLock(file(), nothing, milliseconds(50)), {
      errno: 'EBUSY',
      message: /its lock has been taken for 0.05 s; let the program/,
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await withFileLock(file(), nothing);
  });

  it('takes two ways to the same folder for one', async () => {
    mkdirSync(path.join(folder(), 'real'));
    symlinkSync('real', path.join(folder(), 'alias'));
    const nothing = () => Promise.resolve();
    const inner = () => withFileLock(path.join(folder(), 'alias/f'), nothing, milliseconds(50));
    await assert.rejects(withFileLock(path.join(folder(), 'real/f'), inner), { errno: 'EBUSY' });
  });

  it('locks a file that the owner of the folder alone can open, and leaves none behind', async () => {
    if (process.geteuid?.() === 0) chownSync(folder(), 4711, 4712);
    chmodSync(folder(), 0o755);
    const lock = `${file()}.lock`;
    await withFileLock(file(), () => {
      const { mode, uid, gid } = statSync(lock);
      const owner = statSync(folder());
      assert.deepEqual([mode & 0o777, uid, gid], [0o600, owner.uid, owner.gid]);
      return Promise.resolve();
    });
    assert.equal(existsSync(lock), false);
  });

  it('names the file and what to do where no lock can be made', async () => {
    const missing = path.join(folder(), 'missing/file');
    await assert.rejects(
      withFileLock(missing, () => Promise.resolve()),
      {
        name: 'EnvironmentError',
        message: `${missing}: cannot be locked: no such file or directory; create its folder`,
      },
    );
  });

  it('says what to do for a user who may not write to the folder', async () => {
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(65534);
    try {
      const nothing = () => Promise.resolve();
      await assert.rejects(withFileLock('/a', nothing, undefined, 'run this as root'), {
        message: '/a: cannot be locked: permission denied; run this as root',
      });
      await assert.rejects(withFileLock('/a', nothing), {
        message:
          '/a: cannot be locked: permission denied; let the service user write to its folder',
      });
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });
});
