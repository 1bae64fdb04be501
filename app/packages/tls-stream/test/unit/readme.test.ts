/** The example of the README works as documented. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { openTls, TlsContext } from '../../src/index.ts';
import { clientIdentity, Rig, root } from '../rig.ts';

describe('the README', () => {
  it('has an example that works, and prints what it prints', async () => {
    const text = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
    const [, example] = /```ts\n([^]*?)```/.exec(text)!;
    const [, expected] = /```\n\n((?: {4}.*\n)+)/.exec(text)!;
    const rig = new Rig();
    const port = await rig.tlsServer((session) => session.pipe(session));
    const printed: string[] = [];
    const done = new Promise<void>((resolve) => {
      const log = (line: string): void => {
        printed.push(line);
        if (line === 'close-notify') resolve();
      };
      const names = {
        ...{ connect, openTls, TlsContext, port, host: '127.0.0.1', console: { log } },
        ...{ roots: root.cert, certificate: clientIdentity.cert, key: clientIdentity.key },
      };
      const script = example!.replace(/^import .*\n/gm, '');
      // The example is this project's own text.
      // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
      new Function(...Object.keys(names), script)(...Object.values(names));
    });
    await done;
    rig.close();
    assert.equal(printed.map((line) => `    ${line}\n`).join(''), expected);
  });
});
