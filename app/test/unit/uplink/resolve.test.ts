import assert from 'node:assert/strict';
import { milliseconds } from '../../../src/core/time.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { resolveHost } from '../../../src/uplink/resolve.ts';

const signal = new AbortController().signal;
const never = (): Promise<never> => new Promise(() => undefined);

describe('resolve', () => {
  for (const literal of ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0']) {
    it(`takes ${literal} as it is, without asking`, async () => {
      const query = (): never => assert.fail('asked');
      assert.deepEqual(await resolveHost(literal, { signal, query }), [literal]);
    });
  }

  it('keeps the order of the resolver', async () => {
    const answer = ['2001:db8::2', '192.0.2.2', '2001:db8::1'];
    const query = (): Promise<string[]> => Promise.resolve(answer);
    assert.deepEqual(await resolveHost('enf.example', { signal, query }), answer);
  });

  it('names the host that cannot be resolved, and what to do', async () => {
    const query = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    await assert.rejects(resolveHost('enf.example', { signal, query }), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.equal(error.errno, 'ENOTFOUND');
      assert.match(error.message, /enf\.example: .*ENOTFOUND.*remote\.hosts/);
      return true;
    });
  });

  it('does not wait longer than its deadline', async () => {
    const attempt = resolveHost('enf.example', {
      signal,
      query: never,
      deadline: milliseconds(5),
    });
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.equal(error.errno, 'ETIMEDOUT');
      return true;
    });
  });

  it('ends at once when it is told to', async () => {
    const stop = new AbortController();
    const attempt = resolveHost('enf.example', { signal: stop.signal, query: never });
    stop.abort();
    await assert.rejects(attempt, { name: 'AbortError' });
    await assert.rejects(resolveHost('192.0.2.1', { signal: stop.signal }), { name: 'AbortError' });
  });
});
