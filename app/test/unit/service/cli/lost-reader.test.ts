import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { tolerateLostReader } from '../../../../src/service/cli/lost-reader.ts';

describe('a lost reader', () => {
  it('costs the text that is written to it, and nothing else', async () => {
    const lost = new EnvironmentError('no reader', { errno: 'EPIPE', syscall: 'write' });
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(lost) });
    tolerateLostReader(stream);
    stream.write('text');
    // Without tolerance the stream's error is an uncaught one here.
    await new Promise((resolve) => stream.on('close', resolve));
    assert.equal(stream.errored, lost);
    stream.write('more');
    await new Promise((resolve) => setImmediate(resolve));
  });
});
