import assert from 'node:assert/strict';
import type { StandardRequest } from '../../../../src/platform/command-line/read-command-line.ts';
import {
  parseCommandLine,
  type Request,
} from '../../../../src/programs/usb-gadget/command-line.ts';

describe('command line of usb-gadget', () => {
  const file = '/etc/usb-gadget.json';
  const good: [words: string, request: Request | StandardRequest][] = [
    ['create', { command: 'create', file, isJson: false, waitSeconds: 10 }],
    [
      'create -c my.json --wait 0.5 --json',
      { command: 'create', file: 'my.json', isJson: true, waitSeconds: 0.5 },
    ],
    ['create --wait=0', { command: 'create', file, isJson: false, waitSeconds: 0 }],
    ['destroy', { command: 'destroy', isJson: false }],
    ['--json destroy', { command: 'destroy', isJson: true }],
    ['status --json', { command: 'status', file, isJson: true }],
    ['status -c x', { command: 'status', file: 'x', isJson: false }],
    ['check', { command: 'check', file, isJson: false, isStrict: false }],
    ['check --config=x --strict', { command: 'check', file: 'x', isJson: false, isStrict: true }],
    ['--help', { command: 'help' }],
    ['create -h', { command: 'help', of: 'create' }],
    ['--version', { command: 'version' }],
  ];
  for (const [words, request] of good) {
    it(`understands "${words}"`, () => {
      assert.deepEqual(parseCommandLine(words.split(' ')), request);
    });
  }

  const bad: [words: string, problem: RegExp][] = [
    ['', /no command given; one of create, destroy, status, check/],
    ['make', /unknown command make/],
    ['toString', /unknown command toString/],
    ['create g1', /unexpected argument g1/],
    ['destroy --config x', /option --config cannot be combined with destroy/],
    ['status --wait 3', /option --wait cannot be combined with status/],
    ['create --strict', /option --strict cannot be combined with create/],
    ['create --wait', /--wait/],
    ['create --wait soon', /--wait is a number of seconds up to 3600, not "soon"/],
    ['create --wait=', /option --wait needs a value/],
    ['create --wait=-1', /--wait is a number/],
    ['create --wait 3601', /--wait is a number/],
    ['create --wait NaN', /--wait is a number/],
    ['create --config', /--config/],
    ['create --force', /--force/],
  ];
  for (const [words, problem] of bad) {
    it(`refuses "${words}"`, () => {
      const request = parseCommandLine(words.split(' ').filter(Boolean));
      assert.ok(request.command === 'wrong');
      assert.match(request.problem, problem);
    });
  }
});
