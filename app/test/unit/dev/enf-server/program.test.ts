import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { selfSignClient } from '../../../../src/dev/pki/authority.ts';
import type { Credential } from '../../../../src/dev/pki/authority.ts';
import { runEnfServer } from '../../../../src/dev/enf-server/program.ts';
import { LineLogger } from '../../../../src/platform/log.ts';
import { addressOne, addressTwo, authority, clientCredential, eventually } from './enf-fixture.ts';

/** What a caller of the status socket reads; the parts that are looked at here. */
interface Status {
  readonly listening: readonly string[];
  readonly clients: readonly { readonly address: string }[];
  readonly refused: number;
}

describe('enf-server', () => {
  let folder: string;
  let running: Running | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'enf-router-'));
    const server = authority.issueServer({ name: 'router' });
    put('server.crt.pem', server.cert);
    put('server.key.pem', server.key);
    put('ca.crt.pem', authority.cert);
    mkdirSync(path.join(folder, 'registry'));
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    rmSync(folder, { recursive: true });
  });

  function put(name: string, content: string | Buffer): string {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  }

  const pair = '--cert DIR/server.crt.pem --key DIR/server.key.pem';
  const least = `--listen 127.0.0.1:0 ${pair}`;

  /** `DIR` in the words stands for the folder. */
  function start(words: string): Running {
    running = new Running(words.split(' ').map((word) => word.replace('DIR', folder)));
    return running;
  }

  async function listening(words: string): Promise<Running> {
    const router = start(words);
    await eventually('listening', () => router.log.some((line) => line.includes('[listening]')));
    return router;
  }

  it('serves until it is stopped, then ends with 0', async () => {
    const router = await listening(`${least} --client-ca DIR/ca.crt.pem --echo`);
    const socket = await open(await portOf(router), clientCredential(addressOne));
    await eventually('the tunnel', () =>
      router.log.some((line) => line.includes('[session-opened]')),
    );
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    assert.equal(await router.stop(), 0);
    await ended;
    assert.equal(router.out, '');
  });

  it('prints its state on request, one line of JSON', async () => {
    const router = await listening(`${least} --any-client`);
    router.requestStatus();
    const status = JSON.parse(router.out) as Status;
    assert.equal(router.out.split('\n').length, 2);
    assert.match(status.listening[0]!, /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(status.clients, []);
  });

  it('answers every caller of the status socket, its own user only', async () => {
    const words = `${least} --client-ca DIR/ca.crt.pem --status-socket DIR/status`;
    const socketFile = path.join(folder, 'status');
    const router = await listening(words);
    await eventually('the status socket', () => exists(socketFile));
    assert.equal(statSync(socketFile).mode & 0o777, 0o600);
    const client = await open(await portOf(router), clientCredential(addressTwo));
    await eventually('the tunnel', () =>
      router.log.some((line) => line.includes('[session-opened]')),
    );
    for (let i = 0; i < 2; i++) {
      const status = JSON.parse(await text(connect(socketFile))) as Status;
      assert.deepEqual(
        status.clients.map(({ address }) => address),
        [addressTwo],
      );
    }
    client.destroy();
    assert.equal(await start(words).ended, 1);
    assert.match(running!.log.join(''), /status socket .*address already in use/);
    await router.stop();
  });

  it('takes over the socket of a router that was killed, and no other file', async () => {
    const killed = createServer().listen(path.join(folder, 'other'));
    await once(killed, 'listening');
    renameSync(path.join(folder, 'other'), path.join(folder, 'status'));
    killed.close();
    const words = `${least} --any-client --status-socket DIR/status`;
    const router = await listening(words);
    await eventually('its own socket', () => {
      const found = statSync(path.join(folder, 'status'), { throwIfNoEntry: false });
      return found !== undefined && (found.mode & 0o777) === 0o600;
    });
    assert.ok((await text(connect(path.join(folder, 'status')))).startsWith('{'));
    await router.stop();

    put('status', 'precious');
    assert.equal(await start(words).ended, 1);
    assert.equal(readFileSync(path.join(folder, 'status'), 'utf8'), 'precious');
  });

  it('admits the clients of its registry, and leaves keys and other files there alone', async () => {
    const member = selfSignClient(addressOne);
    put('registry/card.crt.pem', member.cert);
    put('registry/card.key.pem', member.key);
    put('registry/notes.txt', 'not a certificate');
    const router = await listening(`${least} --registry DIR/registry`);
    const port = await portOf(router);
    await open(port, member);
    await open(port, selfSignClient(addressOne));
    await eventually('one in, one out', () => {
      const lines = router.log.join('');
      return lines.includes('[session-opened]') && lines.includes('[client-refused]');
    });
  });

  const failures: [name: string, words: string, status: number, message: RegExp][] = [
    ['wrong use', `${least} --echo`, 2, /no client could connect[^]*Try "enf-server --help"/],
    ['no such file', `${least} --client-ca DIR/x`, 1, /\/x: cannot be read: no such file/],
    ['no such folder', `${least} --registry DIR/x`, 1, /\/x: cannot be read/],
    ['no authority', `${least} --client-ca DIR/server.key.pem`, 78, /key\.pem: no certificate/],
    [
      'a foreign key',
      '--listen 0 --any-client --cert DIR/ca.crt.pem --key DIR/server.key.pem',
      78,
      /server\.key\.pem: does not belong to the certificate .*ca\.crt\.pem/,
    ],
    [
      'a key that is none',
      '--listen 0 --any-client --cert DIR/ca.crt.pem --key DIR/ca.crt.pem',
      78,
      /ca\.crt\.pem: no usable private key/,
    ],
    [
      'bad packets',
      `${least} --any-client --misbehave inject=DIR/ca.crt.pem`,
      78,
      /ca\.crt\.pem:1/,
    ],
    ['a pipe', `${least} --client-ca DIR/pipe`, 1, /\/pipe: is not a regular file/],
    ['a device', `${least} --client-ca /dev/zero`, 1, /\/dev\/zero: is not a regular file/],
    ['a foreign address', `--listen 192.0.2.77:0 --any-client ${pair}`, 1, /does not have that/],
  ];
  for (const [name, words, status, message] of failures) {
    it(`ends with ${status} and says why: ${name}`, async () => {
      const router = start(words);
      assert.equal(await router.ended, status);
      assert.match(router.err + router.log.join(''), message);
    });
  }

  it('refuses a registry with a certificate that names no address', async () => {
    put('registry/web.crt', authority.issueServer({ name: 'web' }).cert);
    const router = start(`${least} --registry DIR/registry`);
    assert.equal(await router.ended, 78);
    assert.match(router.log.join(''), /web\.crt: .*"web" is neither/);
  });

  it('helps', async () => {
    const router = start('--help');
    assert.equal(await router.ended, 0);
    assert.match(router.out, /^Usage: enf-server --listen [^]*\nA development ENF/);
  });
});

/** The program in this process. */
class Running {
  out = '';
  err = '';
  readonly log: string[] = [];
  readonly ended: Promise<number>;
  requestStatus: () => void = () => undefined;
  readonly #ending = new AbortController();

  constructor(argv: readonly string[]) {
    this.ended = runEnfServer({
      argv,
      stdout: (chunk) => (this.out += chunk),
      stderr: (chunk) => (this.err += chunk),
      openLog: (level) =>
        new LineLogger({
          level,
          style: 'plain',
          write: (line) => this.log.push(line),
          now: () => performance.now(),
          schedule: () => undefined,
        }),
      signal: this.#ending.signal,
      onStatusRequest: (print) => (this.requestStatus = print),
    });
  }

  stop(): Promise<number> {
    this.#ending.abort();
    return this.ended;
  }
}

async function portOf(router: Running): Promise<number> {
  await eventually('a port', () => {
    router.out = '';
    router.requestStatus();
    return router.out !== '';
  });
  const { listening } = JSON.parse(router.out) as Status;
  router.out = '';
  return Number(listening[0]!.split(':').at(-1));
}

async function open(port: number, credential: Credential) {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ca: authority.cert,
    checkServerIdentity: () => undefined,
    ...credential,
  });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
