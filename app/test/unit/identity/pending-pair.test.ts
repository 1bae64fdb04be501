import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { selfSignClient } from '../../../src/dev/pki/authority.ts';
import { installPending, keepPending, readPending } from '../../../src/identity/pending-pair.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

describe('identity/pending-pair', () => {
  const folder = scratchFolder();
  const identity = selfSignClient('fd00:8f80:1::77');

  it('outlives a run that could write one of two files, and is gone when both are there', async () => {
    const place = {
      keyFile: path.join(folder(), 'k.pem'),
      certFile: path.join(folder(), 'later', 'c.pem'),
      owner: undefined,
    };
    assert.equal(readPending(place), undefined);
    await keepPending(place, identity);
    assert.equal(statSync(`${place.keyFile}.pending`).mode & 0o777, 0o600);
    await assert.rejects(installPending(place, identity), /c\.pem: cannot be written/);
    const pending = readPending(place);
    assert.equal(pending?.addressText, 'fd00:8f80:1::77');
    mkdirSync(path.dirname(place.certFile));
    await installPending(place, pending);
    assert.equal(readFileSync(place.keyFile, 'utf8'), identity.key);
    assert.equal(readFileSync(place.certFile, 'utf8'), identity.cert);
    assert.deepEqual(readdirSync(folder()).sort(), ['k.pem', 'later']);
  });

  const at = () => ({
    ...{ keyFile: path.join(folder(), 'k'), certFile: path.join(folder(), 'c'), owner: undefined },
  });

  it('does not take what cannot be read now for what no run has left', () => {
    symlinkSync('k.pending', path.join(folder(), 'k.pending'));
    assert.throws(() => readPending(at()), { name: 'EnvironmentError', errno: 'ELOOP' });
  });

  it('names the file that cannot be removed', async () => {
    mkdirSync(path.join(folder(), 'k.pending'));
    const installing = installPending(at(), identity);
    await assert.rejects(installing, { name: 'EnvironmentError', message: /cannot be removed: / });
  });
});
