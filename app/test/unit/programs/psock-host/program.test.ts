import assert from 'node:assert/strict';
import { runPsockHost } from '../../../../src/programs/psock-host/program.ts';
import { parseCommandLine } from '../../../../src/programs/psock-host/command-line.ts';

async function run(...argv: string[]) {
  const printed = { out: '', err: '' };
  const status = await runPsockHost({
    argv,
    self: ['false'],
    stdout: (text) => (printed.out += text),
    stderr: (text) => (printed.err += text),
    signal: AbortSignal.timeout(50),
  });
  return { status, ...printed };
}

describe('psock-host', () => {
  it('helps', async () => {
    const { status, out } = await run('--help');
    assert.equal(status, 0);
    assert.match(out, /^Usage: psock-host .*--allow/);
  });

  for (const [words, problem] of [
    [['--allow', 'enf.example'], /--allow is ADDRESS\[\/LENGTH\]\[:PORT\], not "enf\.example"/],
    [['--max-sockets', '0'], /--max-sockets is a number/],
    [['--nat64', 'fd00::/64:1'], /--nat64 is an IPv6 prefix of 32, 40/],
    [['--device', '1'], /--device is BUS:ADDRESS/],
    [['--nonsense'], /--nonsense/],
    [['now'], /now/],
  ] as const) {
    it(`refuses ${words.join(' ')} with 2`, async () => {
      const { status, err } = await run(...words);
      assert.equal(status, 2);
      assert.match(err, problem);
      assert.match(err, /Try "psock-host --help"/);
    });
  }

  it('waits for cards until it is stopped', async () => {
    assert.deepEqual(await run(), {
      status: 0,
      out: 'waiting for a router card [card-awaited]\n',
      err: '',
    });
    assert.deepEqual(await run('--json'), { status: 0, out: '{"event":"waiting"}\n', err: '' });
  });

  it('fails for a device that is not a card', async () => {
    const { status, err } = await run('--device', '250:100');
    assert.equal(status, 1);
    assert.match(err, /no router card at bus 250, address 100/);
  });

  it('takes every option', () => {
    const words =
      '--allow 10.0.0.0/8 --allow [fd00::1]:80 --max-sockets 5 --json --device 1:22 --nat64 fd64::/96';
    const request = parseCommandLine(words.split(' '));
    assert.equal(request.command, 'run');
    const { rules, translationPrefixes, maxSockets, isJson, device } = request as typeof request & {
      command: 'run';
    };
    assert.equal(rules.length, 2);
    assert.equal(translationPrefixes[0]?.length, 96);
    assert.deepEqual(
      { maxSockets, isJson, device },
      {
        maxSockets: 5,
        isJson: true,
        device: { bus: 1, address: 22 },
      },
    );
  });
});
