import assert from 'node:assert/strict';
import {
  boundedLines,
  LineLogger,
  logStyle,
  longestLine,
  type LogLevel,
  type LogStyle,
} from '../../../src/platform/log.ts';

class FakeOutput {
  readonly lines: string[] = [];
  now = 0;
  #timer: { at: number; callback: () => void } | undefined;

  log(level: LogLevel = 'info', style: LogStyle = 'journal'): LineLogger {
    return new LineLogger({
      level,
      style,
      write: (line) => this.lines.push(line),
      now: () => this.now,
      schedule: (milliseconds, callback) => {
        assert.equal(this.#timer, undefined, 'one timer at a time');
        this.#timer = { at: this.now + milliseconds, callback };
      },
    });
  }

  advance(milliseconds: number): void {
    this.now += milliseconds;
    const timer = this.#timer;
    if (timer === undefined || timer.at > this.now) return;
    this.#timer = undefined;
    timer.callback();
  }
}

describe('log', () => {
  let output: FakeOutput;
  beforeEach(() => {
    output = new FakeOutput();
  });

  function logEach(log: LineLogger): void {
    log.error('start-failed', 'e');
    log.warning('link-problem', 'w');
    log.info('tunnel-up', 'i');
    log.debug('d');
  }

  it('starts lines with the level of sd-daemon for the journal', () => {
    logEach(output.log('debug'));
    assert.deepEqual(output.lines, [
      '<3>e [start-failed]\n',
      '<4>w [link-problem]\n',
      '<6>i [tunnel-up]\n',
      '<7>d\n',
    ]);
  });

  it('starts lines with level words on a terminal', () => {
    logEach(output.log('debug', 'plain'));
    assert.deepEqual(output.lines, [
      'error: e [start-failed]\n',
      'warning: w [link-problem]\n',
      'info: i [tunnel-up]\n',
      'debug: d\n',
    ]);
  });

  it('colours the level words and nothing else', () => {
    output.log('info', 'colour').error('start-failed', 'e');
    assert.deepEqual(output.lines, ['\x1b[31merror:\x1b[0m e [start-failed]\n']);
  });

  it('leaves out what is below its level, and reports what it leaves out', () => {
    const log = output.log('warning');
    logEach(log);
    assert.deepEqual(output.lines, ['<3>e [start-failed]\n', '<4>w [link-problem]\n']);
    assert.equal(log.isEnabled('warning'), true);
    assert.equal(log.isEnabled('info'), false);
  });

  it('keeps an event on one line and control characters off the terminal', () => {
    output.log().info('tunnel-up', 'a\nb\r\x1b[2Jc\x9b\u2028é');
    assert.deepEqual(output.lines, ['<6>a\\nb\\x0d\\x1b[2Jc\\x9b\\x2028é [tunnel-up]\n']);
  });

  it('cuts a line that others have made too long', () => {
    output.log().warning('link-problem', 'x'.repeat(575_000));
    assert.equal(output.lines.length, 1);
    assert.ok(output.lines[0]!.length < longestLine + 70);
    assert.match(output.lines[0]!, /xxx… \(573000 more characters\) \[link-problem\]\n$/);
  });

  it('counts repeats and logs the count when the minute is over, without another event', () => {
    const log = output.log();
    for (let i = 0; i < 1000; i++) log.warning('link-problem', 'dropped');
    assert.deepEqual(output.lines, ['<4>dropped [link-problem]\n']);
    output.advance(59_999);
    assert.equal(output.lines.length, 1);
    output.advance(1);
    assert.deepEqual(output.lines.slice(1), [
      '<4>dropped (999 more within a minute) [link-problem]\n',
    ]);
  });

  it('takes lines of one topic for repeats of each other', () => {
    const log = output.log();
    log.info('reloaded', '1 dropped', 'drops');
    log.info('reloaded', '2 dropped', 'drops');
    log.info('reloaded', '2 dropped');
    log.flush();
    assert.deepEqual(output.lines, [
      '<6>1 dropped [reloaded]\n',
      '<6>2 dropped [reloaded]\n',
      '<6>2 dropped (1 more within a minute) [reloaded]\n',
    ]);
  });

  it('does not count what its level leaves out', () => {
    const log = output.log('warning');
    log.info('reloaded', 'x');
    log.info('reloaded', 'x');
    log.flush();
    assert.deepEqual(output.lines, []);
  });

  it('restarts its timer minute after minute', () => {
    const log = output.log();
    for (let minute = 0; minute < 3; minute++) {
      log.info('reloaded', 'x');
      log.info('reloaded', 'x');
      output.advance(60_000);
    }
    assert.deepEqual(output.lines, [
      '<6>x [reloaded]\n',
      '<6>x (1 more within a minute) [reloaded]\n',
      '<6>x (2 more within a minute) [reloaded]\n',
      '<6>x (2 more within a minute) [reloaded]\n',
    ]);
  });

  const styles: [title: string, isTTY: boolean, environment: Record<string, string>, LogStyle][] = [
    ['no terminal', false, {}, 'journal'],
    ['a terminal', true, {}, 'colour'],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, 'plain'],
    ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, 'colour'],
    ['a dumb terminal', true, { TERM: 'dumb' }, 'plain'],
    ["a desktop's terminal", true, { INVOCATION_ID: 'x', JOURNAL_STREAM: '8:1' }, 'colour'],
  ];
  for (const [title, isTTY, environment, expected] of styles) {
    it(`style for ${title}: ${expected}`, () => {
      assert.equal(logStyle({ isTTY }, environment), expected);
    });
  }

  it('drops lines that are not being read, and logs how many once they are', () => {
    const written: string[] = [];
    const stream = {
      writableLength: 0,
      write: (line: string) => {
        written.push(line);
        return (stream.writableLength += line.length) < 16_384;
      },
    };
    const write = boundedLines(stream);
    const line = `${'x'.repeat(999)}\n`;
    for (let n = 0; n < 1000; n++) write(line);
    assert.ok(written.length >= 256 && written.length < 270, `${written.length} lines wait`);
    const lost = 1000 - written.length;
    stream.writableLength = 0;
    written.splice(0);
    write('next\n');
    write('and so on\n');
    assert.deepEqual(written, [
      `(${lost} lines were lost: the log was not being read)\n`,
      'next\n',
      'and so on\n',
    ]);
  });
});
