import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { milliseconds, seconds } from '../../../src/core/time.ts';
import { PrintedOutput } from '../../../src/platform/program-end.ts';

const generous = seconds(50);

/** A stream whose reader takes what it is given when the test says so. */
class SlowStream extends Writable {
  readonly taken: string[] = [];
  #done: ((error?: Error) => void) | undefined;

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.taken.push(chunk.toString());
    this.#done = done;
  }

  read(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}

/** As Node.js makes it. */
function failure(code: 'EPIPE' | 'ENOSPC'): Error {
  return Object.assign(new RangeError(`${code}: write`), { code, errno: -constants.errno[code] });
}

describe('a program that waits for nothing', () => {
  it('has not succeeded', () => {
    const module = path.resolve(import.meta.dirname, '../../../src/platform/program-end.ts');
    const code = `import { runProgram } from ${JSON.stringify(module)};
      runProgram('forgetful', () => new Promise(() => undefined));`;
    const flags = ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', code];
    const { status, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /forgetful: ended before its work was done/);
  });
});

describe('printed output', () => {
  let stdout: SlowStream;
  let stderr: SlowStream;
  let printed: PrintedOutput;
  beforeEach(() => {
    stdout = new SlowStream();
    stderr = new SlowStream();
    printed = new PrintedOutput({ stdout, stderr });
  });

  it('is waited for until both streams have taken it', async () => {
    printed.output.stdout('one');
    printed.output.stdout('two');
    printed.output.stderr('three');
    let isOver = false;
    const taken = printed.taken(generous).then((problem) => {
      isOver = true;
      return problem;
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (const stream of [stdout, stderr, stdout]) {
      await turn();
      assert.equal(isOver, false);
      stream.read();
    }
    // The empty write that marks the end.
    await turn();
    stdout.read();
    stderr.read();
    assert.equal(await taken, undefined);
    assert.deepEqual([stdout.taken[0], stdout.taken[1], stderr.taken[0]], ['one', 'two', 'three']);
  });

  it('is not waited for when there is none, or when it is gone already', async () => {
    assert.equal(await printed.taken(generous), undefined);
    assert.deepEqual(stdout.taken, []);
  });

  it('is not waited for when its stream is closed meanwhile, or was before', async () => {
    printed.output.stderr('text');
    const taken = printed.taken(generous);
    stderr.destroy();
    assert.equal(await taken, undefined);
    assert.equal(await printed.taken(generous), undefined);
  });

  it('is not waited for without end, and is then incomplete', async () => {
    printed.output.stdout('text');
    assert.equal(await printed.taken(milliseconds(20)), 'it is not being read');
  });

  it('is complete although stderr is not being read', async () => {
    printed.output.stderr('text');
    assert.equal(await printed.taken(milliseconds(20)), undefined);
  });

  it('of which the reader has seen enough is complete, and ends nothing', async () => {
    printed.output.stdout('text');
    printed.output.stdout('more');
    const taken = printed.taken(generous);
    stdout.read(failure('EPIPE'));
    assert.equal(await taken, undefined);
    printed.output.stdout('more');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await printed.taken(generous), undefined);
  });

  it('for which there is no room is incomplete', async () => {
    printed.output.stdout('text');
    stdout.read(failure('ENOSPC'));
    assert.match((await printed.taken(generous)) ?? '', /no space left on device/);
  });

  it('loses the messages of a reader that went away, and nothing else', async () => {
    printed.output.stderr('text');
    stderr.read(failure('EPIPE'));
    // Without tolerance the stream's error is an uncaught one here.
    await new Promise((resolve) => stderr.on('close', resolve));
    printed.output.stderr('more');
    assert.equal(await printed.taken(generous), undefined);
  });
});
