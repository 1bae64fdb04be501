/** A simulator that dies, hangs or is missing, commands that are given up, and processes that end meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstHandles, hierarchies, parentTemplate, Tpm, type TpmError } from '../../src/index.ts';
import { Swtpm } from '../../testing/index.ts';
import { startClient } from './addon.ts';
import { Interposer } from './interposer.ts';
import { until } from './until.ts';

/** Long enough for a command to be on its way, on a busy machine too. */
const underWayMs = 200;

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

async function failure(promise: Promise<unknown>): Promise<TpmError> {
  const error: unknown = await promise.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  return error as TpmError;
}

describe('faults of a simulator', () => {
  let swtpm: Swtpm;
  let tpm: Tpm;

  beforeEach(async () => {
    swtpm = await Swtpm.start();
    tpm = Tpm.open(swtpm.configuration);
  });

  afterEach(async () => {
    swtpm.signal('SIGCONT');
    await tpm.close();
    await swtpm.stop();
  });

  it('names a TPM that is not there, and uses it when it comes', async () => {
    await swtpm.kill();
    const error = await failure(tpm.getRandom(1));
    assert.equal(error.code, 'CONNECTION');
    assert.match(error.message, /TSS2_TCTI_RC_\w+ .*; is the simulator running on that port\?$/);
    await swtpm.start();
    assert.equal((await tpm.getRandom(1)).length, 1);
  });

  it('fails the command during which the simulator is killed, and uses the next simulator', async () => {
    await tpm.getRandom(1);
    swtpm.signal('SIGSTOP');
    const killed = failure(tpm.getRandom(1));
    const waiting = failure(tpm.getRandom(1));
    await sleep(underWayMs);
    await swtpm.kill();
    assert.equal((await killed).code, 'CONNECTION');
    assert.equal((await waiting).code, 'CONNECTION');
    await swtpm.start();
    assert.equal((await tpm.getRandom(1)).length, 1);
  });

  it('cancels: what waits is never sent, what runs leaves no object behind', async () => {
    await tpm.getRandom(1);
    swtpm.signal('SIGSTOP');
    const abort = new AbortController();
    const { signal } = abort;
    const create = () => tpm.createPrimary(hierarchies.owner, parentTemplate, { signal });
    const running = failure(create());
    const waiting = failure(create());
    await sleep(underWayMs);
    abort.abort();
    assert.deepEqual(
      [await running, await waiting].map(({ code, message }) => [code, message]),
      [
        ['CANCELLED', 'the command was cancelled while the TPM was at work on it'],
        ['CANCELLED', 'the command was cancelled before it was sent'],
      ],
    );
    assert.equal((await failure(create())).code, 'CANCELLED');
    swtpm.signal('SIGCONT');
    const count = async () => (await tpm.listCapability('handles', firstHandles.transient)).length;
    await tpm.getRandom(1);
    await until(async () => (await count()) === 0, 'the late object is flushed');
  });

  it('flushes a late object although the queue is full', async () => {
    await using narrow = Tpm.open(swtpm.configuration, { maxQueued: 1 });
    await narrow.getRandom(1);
    swtpm.signal('SIGSTOP');
    const abort = new AbortController();
    const { signal } = abort;
    const running = failure(narrow.createPrimary(hierarchies.owner, parentTemplate, { signal }));
    const waiting = narrow.getRandom(1);
    assert.equal((await failure(narrow.getRandom(1))).code, 'QUEUE_FULL');
    await sleep(underWayMs);
    abort.abort();
    assert.equal((await running).code, 'CANCELLED');
    swtpm.signal('SIGCONT');
    await waiting;
    assert.deepEqual(await narrow.listCapability('handles', firstHandles.transient), []);
  });

  it('limits the time of a command, with its time in the queue', async () => {
    await tpm.getRandom(1);
    swtpm.signal('SIGSTOP');
    const running = failure(tpm.getRandom(1, { timeoutMs: 100 }));
    const waiting = failure(tpm.getRandom(1, { timeoutMs: 100 }));
    assert.match((await running).message, /^the TPM has not answered within 100 ms; /);
    assert.match((await waiting).message, /^the command waited for its turn longer than 100 ms/);
    swtpm.signal('SIGCONT');
    assert.equal((await tpm.getRandom(1)).length, 1);
  });

  it('closes while the TPM hangs', async () => {
    await tpm.getRandom(1);
    swtpm.signal('SIGSTOP');
    const running = failure(tpm.getRandom(1));
    await sleep(underWayMs);
    await tpm.close();
    assert.equal((await running).code, 'CLOSED');
    assert.equal((await failure(tpm.getRandom(1))).code, 'CLOSED');
  });

  it('serves the next client when one is killed in the middle of a command', async () => {
    using interposer = await Interposer.start(swtpm);
    const client = startClient(interposer.configuration, 'wait');
    // The TPM has done its work, and the client has no answer yet.
    interposer.onResponse = (response) => {
      client.kill('SIGKILL');
      return response;
    };
    assert.deepEqual(await once(client, 'exit'), [null, 'SIGKILL']);
    interposer.onResponse = (response) => response;
    await using next = Tpm.open(interposer.configuration);
    assert.equal((await next.getRandom(1)).length, 1);
    assert.equal((await tpm.getRandom(1)).length, 1);
  });

  it('refuses a configuration string that tpm2-tss does not have', async () => {
    await using other = Tpm.open('no-such-tcti:x=y');
    assert.match((await failure(other.getRandom(1))).message, /"no-such-tcti:x=y".*tcti\(7\)/);
  });

  it('ends its thread at close, and bounds the number of connections', async () => {
    await tpm.getRandom(1);
    const before = threads();
    const opened: Tpm[] = [];
    let refused: TpmError | undefined;
    while (refused === undefined) {
      assert.ok(opened.length <= 32);
      try {
        opened.push(Tpm.open(swtpm.configuration));
      } catch (error) {
        refused = error as TpmError;
      }
    }
    assert.match(refused.message, /32 connections of this process .*; close some/);
    await Promise.all(opened.map((one) => one.close()));
    await until(() => threads() <= before, 'the threads end');
  });

  for (const [when, ending] of [
    ['a worker is terminated', 'worker'],
    ['the process exits', 'exit'],
    ['the program has nothing else to do', 'idle'],
  ] as const) {
    it(`leaves no crash when ${when}`, async () => {
      if (ending !== 'idle') swtpm.signal('SIGSTOP');
      const child = startClient(swtpm.configuration, ending);
      let printed = '';
      child.stderr!.on('data', (data: Buffer) => (printed += data.toString()));
      const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
      assert.deepEqual(await once(child, 'close'), [0, null], printed);
      clearTimeout(timer);
    });
  }
});
