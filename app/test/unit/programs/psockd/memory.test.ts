/**
 * The memory of both ends of psock under attack, each in a process of its own. Not bounded, each of these attacks takes
 * more than a hundred mebibytes, most of them as many as they are given.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { MemorySample } from '../../../attack/psock-attack.ts';
import { attacks } from '../../../attack/psock-attacks.ts';

const program = path.join(import.meta.dirname, '../../../attack/psock-attack.ts');
/** What is kept is less than ten; the rest is what the collector has not freed yet. */
const mostMebibytes = 96;
const mostSeconds = 20;

describe('the memory of psock under attack', () => {
  for (const name of Object.keys(attacks)) {
    it(`stays small: ${name}`, async () => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--conditions', 'source', program, name, String(mostSeconds)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      assert.equal(child.exitCode, 0);
      const samples = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as MemorySample);
      const peak = Math.max(...samples.map(({ grownMebibytes }) => grownMebibytes));
      assert.ok(peak < mostMebibytes, `${peak} MiB more: ${output}`);
    }).timeout(120_000);
  }
});
