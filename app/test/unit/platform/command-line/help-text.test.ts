import assert from 'node:assert/strict';
import { helpText } from '../../../../src/platform/command-line/help-text.ts';
import type { CommandLineTable } from '../../../../src/platform/command-line/table.ts';

const file = { short: 'f', value: 'FILE', help: 'read this file' };
const table = {
  program: 'tool',
  about: [
    `Does what a tool does, and explains at such a length what that may be that one line of a terminal does not hold it.`,
    'Second paragraph.',
  ],
  defaultCommand: 'run',
  versionShort: 'v',
  commands: {
    run: { required: ['file'], options: { file }, help: 'run' },
    put: {
      operand: 'NAME',
      options: {
        file,
        'a-name-that-is-much-too-long': { value: 'VALUE', help: 'set a value (default 1)' },
        tag: { value: 'TAG', isRepeatable: true, help: 'add a tag', group: 'Tags' },
        last: { help: 'come last' },
      },
      help: 'put a thing somewhere',
    },
  },
  sections: [{ heading: 'Example', text: '  tool -f a' }],
  exitStatus: [
    [0, 'success'],
    [78, 'failure'],
  ],
} as const satisfies CommandLineTable;

describe('the text of --help', () => {
  it('explains a program with all of its commands', () => {
    assert.equal(
      helpText(table),
      `Usage: tool -f FILE
       tool put NAME [-f FILE] [--a-name-that-is-much-too-long VALUE]
                [--tag TAG]... [--last]

Does what a tool does, and explains at such a length what that may be that one
line of a terminal does not hold it.

Second paragraph.

Commands:
  put NAME         put a thing somewhere
        --a-name-that-is-much-too-long VALUE
                   set a value (default 1)
        --tag TAG  add a tag
        --last     come last

Options:
  -f, --file FILE  read this file
  -h, --help       print this text
  -v, --version    print the version

Example:
  tool -f a

Exit status:
  0   success
  78  failure
`,
    );
  });

  it('explains one command', () => {
    assert.equal(
      helpText(table, 'put'),
      `Usage: tool put NAME [-f FILE] [--a-name-that-is-much-too-long VALUE]
                [--tag TAG]... [--last]

Put a thing somewhere.

Options:
  -f, --file FILE  read this file
      --a-name-that-is-much-too-long VALUE
                   set a value (default 1)
      --last       come last
  -h, --help       print this text
  -v, --version    print the version

Tags:
      --tag TAG  add a tag
`,
    );
  });
});
