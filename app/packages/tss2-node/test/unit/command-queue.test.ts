/** Order, bounds, giving up and closing, on a channel whose answers the test gives. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandQueue, type Channel, type JobDone } from '../../src/command-queue.ts';
import type { TpmError } from '../../src/index.ts';

class FakeChannel implements Channel {
  readonly started: number[] = [];
  #done: JobDone | undefined;
  #closed: (() => void) | undefined;

  start(operation: number, _input: Uint8Array, done: JobDone): void {
    assert.equal(this.#done, undefined, 'one at a time');
    this.started.push(operation);
    this.#done = done;
  }

  close(done: () => void): void {
    this.#closed = done;
    if (this.#done === undefined) done();
  }

  answer(code = 0, output = new Uint8Array()): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(code, output);
    this.#closed?.();
  }
}

const input = () => Uint8Array.of(1, 2, 3);
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: TpmError) => error.code,
  );

describe('command queue', () => {
  let channel: FakeChannel;
  let queue: CommandQueue;

  beforeEach(() => {
    channel = new FakeChannel();
    queue = new CommandQueue(channel, { maxQueued: 2, timeoutMs: 60_000, closeWaitMs: 20 });
  });

  it('starts the next when the former is done', async () => {
    const results = [1, 2, 3].map((operation) => queue.run(operation, input()));
    assert.deepEqual(channel.started, [1]);
    channel.answer(7, Uint8Array.of(9));
    channel.answer();
    channel.answer();
    assert.deepEqual(await results[0], { code: 7, output: Uint8Array.of(9) });
    await Promise.all(results);
    assert.deepEqual(channel.started, [1, 2, 3]);
  });

  it('refuses more than it may hold', async () => {
    const held = [1, 2, 3].map((operation) => queue.run(operation, input()));
    await assert.rejects(queue.run(4, input()), { code: 'QUEUE_FULL' });
    for (let i = 0; i < held.length; i++) channel.answer();
    await Promise.all(held);
  });

  it('has places for cleanups when it is full, and starts them first', async () => {
    const held = [1, 2, 3].map((operation) => queue.run(operation, input()));
    const cleanups = [4, 5].map((operation) => queue.run(operation, input(), { isCleanup: true }));
    await assert.rejects(queue.run(6, input(), { isCleanup: true }), { code: 'QUEUE_FULL' });
    for (let i = 0; i < 5; i++) channel.answer();
    await Promise.all([...held, ...cleanups]);
    assert.deepEqual(channel.started, [1, 5, 4, 2, 3]);
  });

  it('refuses a bound that is none', () => {
    for (const maxQueued of [0, -1, NaN, Infinity, 1.5]) {
      const limits = { maxQueued, timeoutMs: 1, closeWaitMs: 1 };
      assert.throws(() => new CommandQueue(channel, limits), { code: 'FORMAT' });
    }
  });

  it('clears the input when it is done with it', async () => {
    const inputs = [input(), input(), input()];
    const abort = new AbortController();
    const jobs = inputs.map((bytes, i) =>
      code(queue.run(i, bytes, i === 1 ? { signal: abort.signal } : {})),
    );
    abort.abort();
    assert.deepEqual(inputs[1], new Uint8Array(3), 'given up');
    assert.deepEqual(inputs[0], input(), 'running');
    channel.answer();
    assert.deepEqual(inputs[0], new Uint8Array(3), 'done');
    void queue.close();
    channel.answer();
    assert.deepEqual(await Promise.all(jobs), ['done', 'CANCELLED', 'done']);
  });

  it('clears the input of what it refuses', async () => {
    const held = [1, 2, 3].map((operation) => queue.run(operation, input()));
    const refuse = async (options: Parameters<CommandQueue['run']>[2]) => {
      const bytes = input();
      const reason = await code(queue.run(4, bytes, options));
      return [reason, ...bytes];
    };
    assert.deepEqual(await refuse({}), ['QUEUE_FULL', 0, 0, 0]);
    assert.deepEqual(await refuse({ signal: AbortSignal.abort() }), ['CANCELLED', 0, 0, 0]);
    assert.deepEqual(await refuse({ timeoutMs: NaN }), ['FORMAT', 0, 0, 0]);
    for (let i = 0; i < held.length; i++) channel.answer();
    await Promise.all(held);
    await queue.close();
    assert.deepEqual(await refuse({}), ['CLOSED', 0, 0, 0]);
  });

  it('waits as long as a timer can for a limit that is longer', async () => {
    for (const timeoutMs of [Infinity, 2 ** 31]) {
      const result = queue.run(1, input(), { timeoutMs });
      // A timer that is too long fires after one millisecond.
      await sleep(20);
      channel.answer(7);
      assert.equal((await result).code, 7);
    }
  });

  it('never starts what was given up while it waited', async () => {
    const abort = new AbortController();
    const first = queue.run(1, input());
    const second = code(queue.run(2, input(), { signal: abort.signal }));
    const third = code(queue.run(3, input(), { timeoutMs: 1 }));
    abort.abort();
    assert.deepEqual([await second, await third], ['CANCELLED', 'TIMEOUT']);
    channel.answer();
    await first;
    assert.deepEqual(channel.started, [1]);
  });

  it('passes the answer of what was given up to onLate, and only then goes on', async () => {
    const late: Uint8Array[] = [];
    const first = code(
      queue.run(1, input(), { timeoutMs: 1, onLate: (bytes) => late.push(bytes) }),
    );
    const second = queue.run(2, input());
    assert.equal(await first, 'TIMEOUT');
    assert.deepEqual(channel.started, [1]);
    channel.answer(0, Uint8Array.of(5));
    assert.deepEqual(late, [Uint8Array.of(5)]);
    assert.deepEqual(channel.started, [1, 2]);
    channel.answer();
    await second;
  });

  it('sends nothing for a signal that was aborted before', async () => {
    const { signal } = { signal: AbortSignal.abort('enough') };
    await assert.rejects(queue.run(1, input(), { signal }), {
      code: 'CANCELLED',
      cause: 'enough',
      wasSent: false,
    });
    assert.deepEqual(channel.started, []);
  });

  it('closes after the running command, and refuses the others', async () => {
    const jobs = [1, 2].map((operation) => code(queue.run(operation, input())));
    const closed = queue.close();
    channel.answer();
    await closed;
    await queue.close();
    assert.deepEqual(await Promise.all(jobs), ['done', 'CLOSED']);
    await assert.rejects(queue.run(3, input()), { code: 'CLOSED' });
  });

  it('closes in spite of a command that never ends', async () => {
    const job = code(queue.run(1, input()));
    await queue.close();
    assert.equal(await job, 'CLOSED');
  });
});
