/** The programs at work in a process without a free descriptor: nothing ends, and what fails names the reason. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const child = path.join(import.meta.dirname, 'few-descriptors-child.ts');

describe('a process without a free descriptor', () => {
  let folder: string;
  let outcome: Record<string, string>;

  const rows: [work: string, outcome: RegExp][] = [
    ['ask for a status', /^EnvironmentError: .*status: too many open files$/],
    ['ask psockd', /EMFILE/],
    [
      'connect over psock',
      /^EnvironmentError: .*: this program has too many files open \(EMFILE\)$/,
    ],
    ['connect by TCP', /^SocketError: .*EMFILE/],
    ['begin TLS', /^EnvironmentError: cannot start TLS: EMFILE; this machine is short of files/],
    ['ask DNS by UDP', /^SocketError: .*EMFILE/],
    ['ask DNS by TCP', /^SocketError: .*EMFILE/],
    ['watch routes', /^SocketError: .*EMFILE/],
    ['ask for a link', /^SocketError: .*EMFILE/],
    ['ask for a route', /^SocketError: .*EMFILE/],
    ['open a status socket', /^EnvironmentError: .*too many open files; it is missing until/],
    ['replace a file', /^EnvironmentError: .*: too many open files; this program has too many/],
    ['lock a file', /^EnvironmentError: .*: too many open files$/],
    ['read the configuration', /^ConfigError: .*: too many open files$/],
    ['run ip', /^EnvironmentError: .*EMFILE; this machine is short of files, processes or memory$/],
    ['ask systemd', /^done$/],
    ['ask wpa_supplicant', /^EnvironmentError: .*EMFILE/],
    ['list the interfaces of a card', /^DeviceError: .*\(EMFILE\)$/],
    ['serve a further card', /\(EMFILE\)$/],
    ['report to systemd', /^done$/],
    ['watch psockd', /^done$/],
  ];

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'few-descriptors-'));
    const node = [process.execPath, ...process.execArgv, child, folder];
    const shell = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', ...node];
    outcome = JSON.parse(execFileSync('sh', shell, { encoding: 'utf8' })) as typeof outcome;
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const [work, expected] of rows) {
    it(`outlives: ${work}`, () => assert.match(outcome[work] ?? 'missing', expected));
  }

  it('has done all of that', () => {
    assert.deepEqual(Object.keys(outcome).sort(), rows.map(([work]) => work).sort());
  });
});
