import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { RecordStore } from '../../../../src/programs/setup/record.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';

describe('setup/record', () => {
  const folder = scratchFolder();

  it('says that a folder is not one, without asking for root', () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    assert.throws(
      () => new RecordStore(file),
      (error: Error) => {
        assert.match(error.message, /cannot be made: /);
        assert.doesNotMatch(error.message, /root/);
        return true;
      },
    );
  });

  it('reports a folder that it may not read', function () {
    const store = new RecordStore(folder());
    // Root may read every folder; so another user is needed.
    if (process.getuid?.() !== 0) this.skip();
    process.seteuid!(65534);
    try {
      assert.throws(() => store.all(), {
        code: 'ENVIRONMENT',
        message: /cannot be read: .*; this needs root$/,
      });
    } finally {
      process.seteuid!(0);
    }
  });
});
