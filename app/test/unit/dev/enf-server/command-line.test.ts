import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseCommandLine } from '../../../../src/dev/enf-server/command-line.ts';
import { faultDefaults, faultHelp } from '../../../../src/dev/enf-server/faults.ts';
import { table } from '../../../../src/dev/enf-server/command-table.ts';
import { helpText } from '../../../../src/platform/command-line/help-text.ts';

const documentation = new URL('../../../../../docs/development-enf.md', import.meta.url);
const least = '--listen 4443 --cert c --key k --any-client';
const parse = (words: string) => parseCommandLine(words.split(' ').filter((word) => word !== ''));

function run(words: string) {
  const request = parse(`${least} ${words}`);
  assert.equal(request.command, 'run', JSON.stringify(request));
  return request;
}

describe('enf-server/command-line', () => {
  it('fills in the defaults', () => {
    assert.deepEqual(run(''), {
      command: 'run',
      listen: [{ host: undefined, port: 4443 }],
      certFile: 'c',
      keyFile: 'k',
      clientCaFiles: [],
      registryFolders: [],
      anyClient: true,
      beyond: undefined,
      faults: [],
      logLevel: 'info',
      statusSocket: undefined,
      iam: undefined,
      xtt: undefined,
    });
  });

  it('listens on every address it is given', () => {
    const { listen } = run('--listen [::1]:1 --listen 127.0.0.1:2 --listen :3 --listen [::]:0');
    assert.deepEqual(listen.slice(1), [
      { host: '::1', port: 1 },
      { host: '127.0.0.1', port: 2 },
      { host: undefined, port: 3 },
      { host: '::', port: 0 },
    ]);
  });

  it('reads both kinds of network beyond', () => {
    assert.equal(run('--echo').beyond, 'echo');
    assert.deepEqual(run('--tun enf0').beyond, { tun: 'enf0', offload: true });
    assert.deepEqual(run('--tun enf0 --tun-offload off').beyond, { tun: 'enf0', offload: false });
  });

  it('reads faults with and without a number', () => {
    const words = 'split split=7 refuse-after-handshake no-heartbeat inject=a=b.hex stall=0';
    const { faults } = run(words.replace(/\S+/g, '--misbehave $&'));
    assert.deepEqual(faults, [
      { kind: 'split', value: 1 },
      { kind: 'split', value: 7 },
      { kind: 'refuse-after-handshake', value: Infinity },
      { kind: 'no-heartbeat', value: 0 },
      { kind: 'inject', file: 'a=b.hex' },
      { kind: 'stall', value: 0 },
    ]);
  });

  const wrong: [words: string, problem: RegExp][] = [
    [
      '--listen 1 --cert c --key k',
      /--client-ca FILE, --registry DIR, --any-client, --iam PORT or --xtt PORT/,
    ],
    ['--any-client --cert c --key k', /--listen .* is missing/],
    ['--any-client --listen 1 --key k', /--cert FILE is missing/],
    ['--any-client --listen 1 --cert c', /--key FILE is missing/],
    [`${least} --ehco`, /unknown option --ehco$/],
    [`${least} extra`, /unexpected argument extra/],
    [`${least} --listen 65536`, /PORT, IPV4:PORT or \[IPV6\]:PORT/],
    [`${least} --listen ::1:443`, /not "::1:443"/],
    [`${least} --listen localhost:443`, /not "localhost:443"/],
    [`${least} --listen [127.0.0.1]:443`, /not "\[127.0.0.1\]:443"/],
    [`${least} --tun a-name-that-is-too-long`, /1 to 15 characters/],
    [`${least} --tun x --echo`, /exclude each other/],
    [`${least} --tun-offload maybe`, /one of on, off, not "maybe"/],
    [`${least} --log-level loud`, /one of error, warning, info, debug, not "loud"/],
    [`${least} --misbehave sulk`, /unknown kind "sulk"; known: close-before-first-byte, /],
    [`${least} --misbehave toString`, /unknown kind/],
    [`${least} --misbehave split=0`, /N is 1 to 16384, not "0"/],
    [`${least} --misbehave split=x`, /not "x"/],
    [`${least} --misbehave no-heartbeat=1`, /takes no number/],
    [`${least} --misbehave inject`, /no file/],
  ];
  for (const [words, problem] of wrong) {
    it(`explains what is wrong with: ${words.replace(least, '...')}`, () => {
      const request = parse(words);
      assert.equal(request.command, 'wrong');
      assert.match('problem' in request ? request.problem : '', problem);
    });
  }

  it('gives help whatever else is there', () => {
    assert.deepEqual(parse('--help'), { command: 'help' });
    assert.deepEqual(parse('-h --echo'), { command: 'help' });
  });

  it('helps with every faults, as the documents do', () => {
    const page = readFileSync(documentation, 'utf8');
    for (const kind of [...Object.keys(faultDefaults), 'inject']) {
      assert.ok(faultHelp.includes(`  ${kind}`), `${kind} is not explained`);
      assert.ok(page.includes(`\`${kind}`), `${kind} is not in docs/development-enf.md`);
    }
    const usage = helpText(table);
    assert.ok(usage.includes(faultHelp));
    assert.ok(usage.split('\n').every((line) => line.length <= 120));
  });
});
