import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const app = path.resolve(import.meta.dirname, '../../..');
const argv = ['--conditions=source', '--import', 'tsx', 'test/unit/platform/service-child.ts'];

describe('a service that receives SIGTERM twice', () => {
  let child: ChildProcess;
  afterEach(() => child.kill('SIGKILL'));

  /** The lines that it printed, and how it ended. */
  async function endedBy(signal: NodeJS.Signals): Promise<[lines: string[], ...end: unknown[]]> {
    child = spawn(process.execPath, argv, { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout!)) {
      lines.push(line);
      if (line !== 'ended') child.kill(signal);
    }
    return [lines, ...((await ended) as unknown[])];
  }

  it('ends in order if both come from the service manager', async function () {
    this.timeout(60_000);
    assert.deepEqual(await endedBy('SIGTERM'), [['ready', 'ending', 'ended'], 7, null]);
  });

  it('ends at once if a person insists', async function () {
    this.timeout(60_000);
    assert.deepEqual(await endedBy('SIGINT'), [['ready', 'ending'], null, 'SIGINT']);
  });
});
