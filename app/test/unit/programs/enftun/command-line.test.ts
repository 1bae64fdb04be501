import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StandardRequest } from '../../../../src/platform/command-line/read-command-line.ts';
import { parseCommandLine, type Command } from '../../../../src/programs/enftun/command-line.ts';

describe('command line', () => {
  const run = (file: string, logLevel?: 'debug'): Command => ({ command: 'run', file, logLevel });
  const rows: [line: string, expected: Command | StandardRequest][] = [
    ['-c a.conf', run('a.conf')],
    ['-ca.conf', run('a.conf')],
    ['--config a.conf', run('a.conf')],
    ['--config=a.conf', run('a.conf')],
    ['run -c a.conf', run('a.conf')],
    ['-c a.conf -c b.conf', run('b.conf')],
    ['-c a.conf --log-level debug', run('a.conf', 'debug')],
    ['-c a.conf -p tun.dev', { command: 'print', file: 'a.conf', key: 'tun.dev' }],
    ['-p tun.dev -c a.conf', { command: 'print', file: 'a.conf', key: 'tun.dev' }],
    ['-c a.conf --print=tun.dev', { command: 'print', file: 'a.conf', key: 'tun.dev' }],
    ['-h', { command: 'help' }],
    ['--help', { command: 'help' }],
    ['-v', { command: 'version' }],
    ['--version', { command: 'version' }],
    ['-hv', { command: 'help' }],
    ['-c a.conf -h', { command: 'help' }],
    ['check --help', { command: 'help', of: 'check' }],
    ['help', { command: 'help' }],
    ['help check', { command: 'help', of: 'check' }],
    ['check -c a.conf', { command: 'check', file: 'a.conf', isStrict: false }],
    ['-c a.conf --strict check', { command: 'check', file: 'a.conf', isStrict: true }],
    ['wifi list --json', { command: 'wifi', argv: ['list', '--json'] }],
    ['keys', { command: 'keys', isMarkdown: false }],
    ['keys --markdown', { command: 'keys', isMarkdown: true }],
    ['status', { command: 'status', of: { by: 'all' }, format: 'text' }],
    ['status enf0', { command: 'status', of: { by: 'name', name: 'enf0' }, format: 'text' }],
    ['status -c a.conf', { command: 'status', of: { by: 'file', file: 'a.conf' }, format: 'text' }],
    [
      'status --socket s --json',
      { command: 'status', of: { by: 'socket', path: 's' }, format: 'json' },
    ],
    [
      'status enf0 --openmetrics',
      { command: 'status', of: { by: 'name', name: 'enf0' }, format: 'openmetrics' },
    ],
    ['report -c a.conf', { command: 'report', file: 'a.conf', socket: undefined }],
    ['report -c a.conf --socket s', { command: 'report', file: 'a.conf', socket: 's' }],
    ['page --socket s', { command: 'page', socket: 's', listen: undefined, logLevel: undefined }],
    [
      'page --socket s --listen [fe80::1%page0]:80',
      {
        command: 'page',
        socket: 's',
        listen: { host: 'fe80::1%page0', port: 80 },
        logLevel: undefined,
      },
    ],
    [
      'page --socket s --log-level debug',
      { command: 'page', socket: 's', listen: undefined, logLevel: 'debug' },
    ],
    ['-c ./-p', run('./-p')],
    ['-c-p', run('-p')],
  ];
  for (const [line, expected] of rows) {
    it(line, () => assert.deepEqual(parseCommandLine(line.split(' ')), expected));
  }

  const known = 'one of status, check, report, keys, wifi, keygen, renew, page';
  const mistakes: [line: string, problem: string][] = [
    ['', 'option -c FILE is missing'],
    ['-p tun.dev', 'option -c FILE is missing'],
    ['check', 'option -c FILE is missing'],
    ['-c', 'option -c needs a value'],
    ['-c -p tun.dev', 'option -c needs a value'],
    ['--config=', 'option --config needs a value'],
    ['-c a.conf -p', 'option -p needs a value'],
    ['-x', 'unknown option -x'],
    ['-c a.conf --exec', 'unknown option --exec'],
    ['--toString', 'unknown option --toString'],
    ['--help=yes', 'option --help takes no value'],
    ['start', `unknown command start; ${known}`],
    ['toString', `unknown command toString; ${known}`],
    ['-c a.conf b.conf', `unknown command b.conf; ${known}`],
    ['check a.conf -c a.conf', 'unexpected argument a.conf'],
    ['-c a.conf --strict', 'option --strict needs a command: check'],
    ['-c a.conf --json', 'option --json needs a command: status'],
    ['run -c a.conf --strict', 'option --strict cannot be combined with run'],
    ['check -c a.conf -p tun.dev', 'option --print cannot be combined with check'],
    ['keys -c a.conf', 'option --config cannot be combined with keys'],
    ['status enf0 enf1', 'unexpected argument enf1'],
    ['status enf0 -c a.conf', 'give a name, -c FILE or --socket PATH, not several'],
    ['status ./a.conf', './a.conf is not a name; for a file use -c FILE'],
    ['status --strict', 'option --strict cannot be combined with status'],
    ['status --json --openmetrics', 'give --json or --openmetrics, not both'],
    ['report', 'option -c FILE is missing'],
    ['page', 'option --socket PATH is missing'],
    ['page --socket s --listen 80', '--listen 80 is not of the form [ADDRESS%INTERFACE]:PORT'],
    [
      'page --socket s --listen [::1]:70000',
      '--listen [::1]:70000 is not of the form [ADDRESS%INTERFACE]:PORT',
    ],
    ['-c a.conf --log-level loud', '--log-level is one of error, warning, info, debug, not "loud"'],
  ];
  for (const [line, problem] of mistakes) {
    it(`${line || 'nothing'}: ${problem}`, () => {
      const argv = line === '' ? [] : line.split(' ');
      const request = parseCommandLine(argv);
      assert.ok(request.command === 'wrong');
      assert.equal(request.problem, problem);
    });
  }

  it('has an answer to every command line', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '-c',
        '-p',
        '-h',
        '-v',
        '--',
        '-',
        '--strict',
        'check',
        'keys',
        '--log-level',
        'a',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        assert.equal(typeof parseCommandLine(argv).command, 'string');
      }),
      { numRuns: 3000 },
    );
  });
});
