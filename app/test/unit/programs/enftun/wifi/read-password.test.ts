import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import {
  passwordFrom,
  passwordFromFile,
  type PasswordInput,
} from '../../../../../src/programs/enftun/wifi/read-password.ts';
import { scratchFolder } from '../../../platform/scratch-folder.ts';

/** A terminal, or a pipe. */
class FakeInput extends PassThrough {
  readonly isTTY: boolean;
  readonly modes: boolean[] = [];

  constructor(isTerminal: boolean) {
    super();
    this.isTTY = isTerminal;
  }

  setRawMode(isRaw: boolean): this {
    this.modes.push(isRaw);
    return this;
  }
}

describe('wifi/read-password', () => {
  let shown: string;
  beforeEach(() => (shown = ''));

  function ask(input: FakeInput): Promise<string> {
    // The members that are used are there; their types are those of a stream of bytes.
    const stream = input as unknown as PasswordInput;
    return passwordFrom({ input: stream, show: (text) => (shown += text) }, 'Password: ');
  }

  it('asks at a terminal, without an echo, and gives the terminal back', async () => {
    const input = new FakeInput(true);
    const answer = ask(input);
    assert.deepEqual(input.modes, [true]);
    input.write('sec');
    input.write('ret 1\r');
    assert.equal(await answer, 'secret 1');
    assert.equal(shown, 'Password: \n');
    assert.deepEqual(input.modes, [true, false]);
  });

  it('lets a person correct hidden input', async () => {
    const input = new FakeInput(true);
    input.write('wrong\x15sé\x7f\x7fsecreü\x08t\r');
    assert.equal(await ask(input), 'secret');
  });

  for (const [key, name] of [
    ['\x03', 'Ctrl-C'],
    ['\x04', 'Ctrl-D'],
  ] as const) {
    it(`gives up at ${name}, and gives the terminal back`, async () => {
      const input = new FakeInput(true);
      input.write(`sec${key}`);
      await assert.rejects(ask(input), /nothing was changed/);
      assert.deepEqual(input.modes, [true, false]);
    });
  }

  for (const [what, text, password] of [
    ['a line', 'secret\n', 'secret'],
    ['a line of another system', 'secret\r\n', 'secret'],
    ['text without a line end', 'secret', 'secret'],
    ['the first of several lines', 'secret\nother\n', 'secret'],
    ['spaces as they are', ' sec ret \n', ' sec ret '],
    ['what a terminal would take for keys', 'a\x7f\x15b\n', 'a\x7f\x15b'],
    ['nothing', '', ''],
  ] as const) {
    it(`takes ${what} from a pipe, and asks nothing`, async () => {
      const input = new FakeInput(false);
      input.end(text);
      assert.equal(await ask(input), password);
      assert.equal(shown, '');
      assert.deepEqual(input.modes, []);
    });
  }

  it('refuses what is not text, or has no end', async () => {
    const binary = new FakeInput(false);
    binary.end(Uint8Array.of(0xff, 0x0a));
    await assert.rejects(ask(binary), /not UTF-8/);
    const endless = new FakeInput(false);
    endless.write('x'.repeat(100_000));
    await assert.rejects(ask(endless), /far too long/);
  });

  const folder = scratchFolder();
  it('takes the first line of a file', async () => {
    const file = path.join(folder(), 'password');
    writeFileSync(file, 'secret\n# mine\n');
    assert.equal(await passwordFromFile(file), 'secret');
    await assert.rejects(passwordFromFile(`${file}s`), /passwords: cannot be read: no such file/);
    await assert.rejects(passwordFromFile(folder()), /not a regular file/);
  });
});
