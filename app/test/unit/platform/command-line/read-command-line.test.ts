import assert from 'node:assert/strict';
import type { GivenOptions } from '../../../../src/platform/command-line/given-options.ts';
import { readCommandLine } from '../../../../src/platform/command-line/read-command-line.ts';
import type { CommandLineTable } from '../../../../src/platform/command-line/table.ts';
import { UsageError } from '../../../../src/platform/command-line/usage-error.ts';

const file = { short: 'f', value: 'FILE', help: 'read this file' };
const force = { help: 'do it all the same' };
const table = {
  program: 'tool',
  about: ['A tool.'],
  defaultCommand: 'run',
  commands: {
    run: { options: { file, level: { value: 'LEVEL', help: 'log more' } }, help: 'run' },
    put: {
      operand: 'NAME',
      required: ['file'],
      options: { file, force, tag: { value: 'TAG', isRepeatable: true, help: 'add a tag' } },
      help: 'put a thing somewhere',
      strayHint: '; quote the name',
    },
    list: { operand: '[NAME]', options: { force }, help: 'list things' },
    show: { operand: 'FILE...', options: {}, help: 'show files' },
    copy: { operand: 'FROM TO [MODE]', options: {}, help: 'copy a file' },
    send: { operand: 'TO FILE...', options: {}, help: 'send files' },
  },
  exitStatus: [[0, 'success']],
} as const satisfies CommandLineTable;

function read(line: string) {
  const take =
    (command: string) =>
    (given: GivenOptions): object => ({
      command,
      file: given.text('file'),
      force: given.has('force'),
      level: given.oneOf('level', ['low', 'high']),
      tags: given.list('tag'),
      operands: given.operands,
    });
  const readers = {
    run: take('run'),
    put: take('put'),
    list: take('list'),
    show: take('show'),
    copy: take('copy'),
    send: take('send'),
  };
  return readCommandLine<typeof table, object>(table, readers, line.split(' ').filter(Boolean));
}

const nothing = { file: undefined, force: false, level: undefined, tags: [], operands: [] };

describe('a command line read by its table', () => {
  const good: [line: string, request: object][] = [
    ['', { command: 'run', ...nothing }],
    ['-f a', { command: 'run', ...nothing, file: 'a' }],
    ['-fa -fb', { command: 'run', ...nothing, file: 'b' }],
    ['--file=-a', { command: 'run', ...nothing, file: '-a' }],
    ['--level low', { command: 'run', ...nothing, level: 'low' }],
    ['put n -f a', { command: 'put', ...nothing, file: 'a', operands: ['n'] }],
    [
      '--tag x -f a put --tag y n --force',
      {
        command: 'put',
        ...nothing,
        file: 'a',
        force: true,
        tags: ['x', 'y'],
        operands: ['n'],
      },
    ],
    ['list', { command: 'list', ...nothing }],
    ['list n', { command: 'list', ...nothing, operands: ['n'] }],
    ['show -- -a b', { command: 'show', ...nothing, operands: ['-a', 'b'] }],
    ['copy a b', { command: 'copy', ...nothing, operands: ['a', 'b'] }],
    ['copy a b c', { command: 'copy', ...nothing, operands: ['a', 'b', 'c'] }],
    ['send a b c', { command: 'send', ...nothing, operands: ['a', 'b', 'c'] }],
    ['--help', { command: 'help' }],
    ['help', { command: 'help' }],
    ['put -h', { command: 'help', of: 'put' }],
    ['help put', { command: 'help', of: 'put' }],
    ['list put --help', { command: 'help', of: 'list' }],
    ['--version', { command: 'version' }],
    ['list --version', { command: 'version' }],
  ];
  for (const [line, request] of good) {
    it(`understands "${line}"`, () => assert.deepEqual(read(line), request));
  }

  const bad: [line: string, problem: string, of?: string][] = [
    ['-x', 'unknown option -x'],
    ['--fil a', 'unknown option --fil'],
    ['--toString', 'unknown option --toString'],
    ['-v', 'unknown option -v'],
    ['-f', 'option -f needs a value'],
    ['--file=', 'option --file needs a value'],
    ['-f --force', 'option -f needs a value'],
    ['list --force=yes', 'option --force takes no value', 'list'],
    ['list --fil a', 'unknown option --fil', 'list'],
    ['put', 'put needs NAME', 'put'],
    ['jump', 'unknown command jump; one of put, list, show, copy, send'],
    ['toString', 'unknown command toString; one of put, list, show, copy, send'],
    ['--force', 'option --force needs a command: put or list'],
    ['list -f a', 'option --file cannot be combined with list', 'list'],
    ['put n', 'option -f FILE is missing', 'put'],
    ['put -f a', 'put needs NAME', 'put'],
    ['put -f a n m', 'unexpected argument m; quote the name', 'put'],
    ['list n m', 'unexpected argument m', 'list'],
    ['show', 'show needs FILE', 'show'],
    ['copy a', 'copy needs TO', 'copy'],
    ['copy a b c d', 'unexpected argument d', 'copy'],
    ['send a', 'send needs FILE', 'send'],
    ['--level loud', '--level is one of low, high, not "loud"'],
  ];
  for (const [line, problem, of] of bad) {
    it(`refuses "${line}"`, () => {
      const wrong = { command: 'wrong', problem };
      assert.deepEqual(read(line), of === undefined ? wrong : { ...wrong, of });
    });
  }

  it('takes no command where the table names none', () => {
    const single = {
      ...table,
      commands: { '': { options: { file }, help: 'run' } },
    } satisfies CommandLineTable;
    const readers = { '': () => ({ command: 'run' }) };
    const problem = 'unexpected argument put';
    assert.deepEqual(readCommandLine(single, readers, ['put']), { command: 'wrong', problem });
    assert.deepEqual(readCommandLine(single, readers, []), { command: 'run' });
  });

  it('names only the operand that is missing where the command has no name', () => {
    const single = {
      ...table,
      commands: { '': { operand: 'FILE', options: {}, help: 'run' } },
    } satisfies CommandLineTable;
    const problem = 'FILE is missing';
    const read = readCommandLine(single, { '': () => ({ command: 'run' }) }, []);
    assert.deepEqual(read, { command: 'wrong', problem });
  });

  it('turns what a reader throws into a mistake, and no other error', () => {
    const failing = (error: Error) => () => {
      throw error;
    };
    const readers = {
      run: failing(new UsageError('no')),
      put: failing(new UsageError('no')),
      list: failing(new UsageError('never on Sundays')),
      show: failing(new TypeError('a bug')),
      copy: failing(new UsageError('no')),
      send: failing(new UsageError('no')),
    };
    const request = { command: 'wrong', problem: 'never on Sundays', of: 'list' };
    assert.deepEqual(readCommandLine(table, readers, ['list']), request);
    assert.throws(() => readCommandLine(table, readers, ['show', 'a']), TypeError);
  });
});
