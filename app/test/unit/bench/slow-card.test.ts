import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const app = path.resolve(import.meta.dirname, '../../..');

describe('the benchmark of a slow card', () => {
  for (const [name, value, expected] of [
    ['CASES', 'cubic,nonsense', 'CASES is one of cubic, bbr, both, udp, not "nonsense"'],
    ['FLOWS', '0', 'FLOWS is a whole number above 0, not "0"'],
    ['LINK', 'wifi', 'LINK is one of ethernet, tun, both, not "wifi"'],
  ] as const) {
    it(`refuses an unknown word in ${name} before it measures anything`, () => {
      const argv = ['--import', 'tsx', '--conditions=source', 'test/bench/slow-card.ts'];
      const env = { ...process.env, [name]: value };
      const result = spawnSync(process.execPath, argv, {
        cwd: app,
        env,
        encoding: 'utf8',
        timeout: 60_000,
      });
      assert.equal(result.stderr, `bench-edge: ${expected}\nTry "bench-edge --help".\n`);
      assert.equal(result.status, 2);
    });
  }
});
