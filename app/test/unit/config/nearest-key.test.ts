import assert from 'node:assert/strict';
import { nearestKey } from '../../../src/config/nearest-key.ts';

describe('nearest key', () => {
  const known = [
    'remote.port',
    'remote.hosts',
    'route.table',
    'tun.dev',
    'link.dev',
    'route.prefixes',
  ];
  const rows: [unknown: string, expected: string | undefined][] = [
    ['port', 'remote.port'],
    ['tun.port', 'remote.port'],
    ['remote.prot', 'remote.port'],
    ['remote.Hosts', 'remote.hosts'],
    ['remotehosts', undefined],
    ['route.tabel', 'route.table'],
    ['remote.hots', 'remote.hosts'],
    ['prefix', 'route.prefixes'],
    ['dev', 'tun.dev'],
    ['weather', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ];
  for (const [unknown, expected] of rows) {
    it(`${unknown.slice(0, 20) || 'nothing'}: ${expected ?? 'none'}`, () => {
      assert.equal(nearestKey(unknown, known), expected);
    });
  }
});
