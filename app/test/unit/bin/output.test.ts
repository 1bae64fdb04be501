/** What programs print arrives as a whole at a reader that takes its time, whatever they end with. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { table as pki } from '../../../src/dev/pki/command-table.ts';
import { table as enfServer } from '../../../src/dev/enf-server/command-table.ts';
import { helpText } from '../../../src/platform/command-line/help-text.ts';
import { table as enftun } from '../../../src/programs/enftun/command-table.ts';
import { table as psockHost } from '../../../src/programs/psock-host/command-table.ts';
import { table as setUp } from '../../../src/programs/setup/command-table.ts';
import { table as usbGadget } from '../../../src/programs/usb-gadget/command-table.ts';
import { table as psockd } from '../../../src/programs/psockd/command-line.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

const app = path.resolve(import.meta.dirname, '../../..');
const usages = {
  'enf-pki': helpText(pki),
  'enf-server': helpText(enfServer),
  enftun: helpText(enftun),
  'enftun-setup': helpText(setUp),
  'psock-host': helpText(psockHost),
  psockd: helpText(psockd),
  'usb-gadget': helpText(usbGadget),
};
const deadlineMs = 50_000;

function argvOf(name: string, ...rest: string[]): string[] {
  return ['--conditions=source', '--import', 'tsx', `src/bin/${name}.ts`, ...rest];
}

describe('the output of a program', () => {
  const folder = scratchFolder();

  describe('into a pipe that is full, read when the program has nothing else to do', () => {
    it('is tested for every program', () => {
      const all = readdirSync(path.join(app, 'src/bin')).map((file) => path.parse(file).name);
      assert.deepEqual(all.sort(), Object.keys(usages).sort());
    });

    for (const [name, help] of Object.entries(usages)) {
      it(`${name} ends when all of it has been taken`, async () => {
        const pipe = new FullPipe(path.join(folder(), 'pipe'));
        const child = pipe.start(argvOf(name, '--help'));
        try {
          const ended = once(child, 'exit');
          await idleOrEnded(child);
          assert.equal(await pipe.readAll(child), help);
          assert.deepEqual(await ended, [0, null]);
        } finally {
          child.kill('SIGKILL');
          pipe.close();
        }
      });
    }
  });

  it('does not keep a stopped service when it is not being read', async () => {
    const pipe = new FullPipe(path.join(folder(), 'pipe'));
    const child = pipe.start(argvOf('psockd', '--help'));
    try {
      assert.deepEqual(await once(child, 'exit', { signal: AbortSignal.timeout(deadlineMs) }), [
        0,
        null,
      ]);
    } finally {
      child.kill('SIGKILL');
      pipe.close();
    }
  });

  /** A pipeline of the shell: a pipe with room for 64 KiB. */
  function pipeline(command: string, reader: string): { status: string; read: number } {
    const program = `node ${argvOf('enftun').join(' ')} ${command}`;
    const script = `{ { ${program}; echo "$?" >'${folder()}/status'; } 2>&1 | { ${reader}; }; }`;
    const stdout = execFileSync('sh', ['-c', script], { cwd: app, timeout: deadlineMs });
    return { status: readFileSync(`${folder()}/status`, 'utf8').trim(), read: Number(stdout) };
  }

  const slowReader = 'sleep 2; wc -c';

  it('is whole at 200 kB on stdout', () => {
    const device = 'x'.repeat(200_000);
    writeFileSync(`${folder()}/c.conf`, `identity : { xtt : { device = "${device}" } }\n`);
    const asked = `-c ${folder()}/c.conf -p identity.xtt.device`;
    assert.deepEqual(pipeline(asked, slowReader), { status: '0', read: device.length + 1 });
  });

  it('is whole at more than 1 MB on stderr, with the status of the program', () => {
    const keys = Array.from({ length: 20_000 }, (_, n) => `u${n}=1\n`).join('');
    writeFileSync(`${folder()}/c.conf`, keys);
    const asked = `check -c ${folder()}/c.conf`;
    const whole = spawnSync(process.execPath, [...argvOf('enftun'), ...asked.split(' ')], {
      cwd: app,
      timeout: deadlineMs,
      maxBuffer: 1 << 25,
    });
    assert.ok(whole.stderr.length > 1_000_000, `${whole.stderr.length} bytes`);
    assert.deepEqual(pipeline(asked, slowReader), {
      status: String(whole.status),
      read: whole.stderr.length + whole.stdout.length,
    });
  });

  it('may be more than its reader wants to see', () => {
    const device = 'x'.repeat(200_000);
    writeFileSync(`${folder()}/c.conf`, `identity : { xtt : { device = "${device}" } }\n`);
    const asked = `-c ${folder()}/c.conf -p identity.xtt.device`;
    assert.deepEqual(pipeline(asked, 'head -c 10 | wc -c'), { status: '0', read: 10 });
  });

  it('is a failure when there is no room for it', () => {
    const program = `node ${argvOf('enftun', 'keys').join(' ')} >'${folder()}/keys'`;
    const script = `trap '' XFSZ; ulimit -f 1; ${program}`;
    const { status, stderr } = spawnSync('sh', ['-c', script], { cwd: app, timeout: deadlineMs });
    assert.match(stderr.toString(), /^enftun: the output is incomplete: file too large\n$/);
    assert.equal(status, 1);
  });
});

/** A named pipe that has no room left. */
class FullPipe {
  readonly #file: string;
  readonly #fd: number;
  #filler = 0;

  constructor(file: string) {
    execFileSync('mkfifo', [file]);
    this.#file = file;
    this.#fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
    for (const size of [4096, 1]) {
      const filler = Buffer.alloc(size, '.');
      while (isDone(() => (this.#filler += writeSync(this.#fd, filler))));
    }
  }

  start(argv: readonly string[]): ChildProcess {
    const out = openSync(this.#file, 'w');
    const child = spawn(process.execPath, argv, { cwd: app, stdio: ['ignore', out, 'ignore'] });
    closeSync(out);
    return child;
  }

  /** What stands behind the filler, until the program has ended and nothing is left. */
  async readAll(child: ChildProcess): Promise<string> {
    const buffer = Buffer.alloc(4096);
    const parts: Buffer[] = [];
    const end = performance.now() + deadlineMs;
    for (;;) {
      const hasEnded = child.exitCode !== null || child.signalCode !== null;
      const hasRead = isDone(() => {
        parts.push(Buffer.from(buffer.subarray(0, readSync(this.#fd, buffer))));
      });
      if (hasEnded && !hasRead) break;
      assert.ok(performance.now() < end, 'waited in vain for the end of the program');
      if (!hasRead) await sleep(10);
    }
    return Buffer.concat(parts).toString().slice(this.#filler);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** False: it would have to wait. */
function isDone(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return false;
  }
}

/** Waits until the program has ended, or has used no processor for a while: it waits for its reader. */
async function idleOrEnded(child: ChildProcess): Promise<void> {
  const end = performance.now() + deadlineMs;
  let used = '';
  let quiet = 0;
  while (child.exitCode === null && child.signalCode === null && quiet < 10) {
    assert.ok(performance.now() < end, 'waited in vain for the program to print');
    await sleep(50);
    const now = processorTime(child.pid ?? 0);
    if (now === undefined) return;
    // A program that has not been given the processor at all has not begun.
    quiet = now === used && now !== '0 0' ? quiet + 1 : 0;
    used = now;
  }
}

/** Ticks in user and system mode (proc(5)); undefined when it has ended. */
function processorTime(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return `${fields[11]} ${fields[12]}`;
  } catch {
    return undefined;
  }
}
