/** Handshakes that fail, and when. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tls from 'node:tls';
import {
  handshakeCodes,
  openTls,
  TlsContext,
  TlsHandshakeError,
  TlsOptionError,
  TlsTrustError,
} from '../../src/index.ts';
import { issue } from '../certificates.ts';
import {
  clientIdentity,
  context,
  handshakeTimeoutMs,
  Reader,
  Rig,
  root,
  serverIdentity,
} from '../rig.ts';

const foreign = issue({ name: 'foreign', isRoot: true });

describe('a handshake', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  async function failure(promise: Promise<unknown>): Promise<string> {
    const error = await promise.then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(
      error instanceof TlsHandshakeError && !(error instanceof TlsTrustError),
      String(error),
    );
    return error.code;
  }

  it('fails by the alert of a server that refuses our certificate', async () => {
    const server = await rig.openssl(['-tls1_2', '-Verify', '1', '-verify_return_error'], foreign);
    assert.match(await failure(rig.client(server.port)), /^ERR_SSL_.*_ALERT_UNKNOWN_CA$/);
  });

  it('is over before a server of TLS 1.3 refuses our certificate', async () => {
    const server = await rig.openssl(['-Verify', '1', '-verify_return_error'], foreign);
    const end = await new Reader(await rig.client(server.port)).ended;
    assert.ok(end.kind === 'error', end.kind);
    assert.match(end.code, /^ERR_SSL_.*_ALERT_UNKNOWN_CA$/);
  });

  it('fails with the code of Node.js for a server that has nothing in common with us', async () => {
    const port = await rig.tlsServer(() => undefined, {
      ciphers: 'ECDHE-RSA-AES128-SHA',
      maxVersion: 'TLSv1.2',
    });
    assert.match(await failure(rig.client(port)), /_ALERT_HANDSHAKE_FAILURE$/);
  });

  for (const [what, bytes] of [
    ['plain text', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['a long record', Buffer.from([22, 3, 3, 0xff, 0xff])],
  ] as const) {
    it(`fails for ${what} instead of TLS`, async () => {
      const port = await rig.rawServer((socket) => socket.write(bytes));
      assert.match(await failure(rig.client(port)), /^ERR_SSL_/);
    });
  }

  it('fails for a server that closes at once', async () => {
    const port = await rig.rawServer((socket) => socket.resume().end());
    assert.equal(await failure(rig.client(port)), 'ECONNRESET');
  });

  it('fails at its deadline, and closes', async () => {
    let closed: Promise<unknown> | undefined;
    const port = await rig.rawServer((socket) => void (closed = once(socket.resume(), 'close')));
    assert.equal(
      await failure(rig.client(port, { handshakeTimeoutMs: 30 })),
      handshakeCodes.timeout,
    );
    await closed;
  });

  it('is not disturbed by its deadline afterwards', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const handshakeTimeoutMs = 1000;
    const stream = await rig.client(port, { handshakeTimeoutMs });
    // Timers of one length end in the order in which they were started.
    await new Promise((resolve) => setTimeout(resolve, handshakeTimeoutMs));
    const reader = new Reader(stream);
    stream.write(Buffer.from('echo'));
    assert.equal((await reader.until(4)).toString(), 'echo');
  });

  it('can be aborted before it begins', async () => {
    const port = await rig.rawServer(() => undefined);
    assert.equal(await failure(rig.client(port, { signal: AbortSignal.abort() })), 'ECANCELED');
  });

  it('can be aborted at each of its steps, and closes', async () => {
    const server = await rig.tlsServer(() => undefined, { maxVersion: 'TLSv1.2' });
    for (const passed of [0, 1]) {
      const abort = new AbortController();
      let closed: Promise<unknown> | undefined;
      const port = await rig.rawServer((socket) => {
        closed = once(socket, 'close');
        const upstream = connect(server, '127.0.0.1');
        let left = passed;
        socket.on('data', (chunk) => (left-- > 0 ? upstream.write(chunk) : abort.abort()));
        upstream.on('data', (chunk) => socket.write(chunk));
        upstream.on('error', () => undefined);
        socket.on('close', () => upstream.destroy());
      });
      assert.equal(await failure(rig.client(port, { signal: abort.signal })), 'ECANCELED');
      await closed;
    }
  });

  it('is not disturbed by an abort afterwards', async () => {
    const abort = new AbortController();
    const port = await rig.tlsServer((session) => session.pipe(session));
    const stream = await rig.client(port, { signal: abort.signal });
    abort.abort();
    const reader = new Reader(stream);
    stream.write(Buffer.from('echo'));
    assert.equal((await reader.until(4)).toString(), 'echo');
  });

  it('works on a descriptor that stays with its owner', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const socket = await rig.socket(port);
    socket.pause();
    const { fd } = (socket as unknown as { _handle: { fd: number; readStop(): void } })._handle;
    (socket as unknown as { _handle: { readStop(): void } })._handle.readStop();
    const stream = await openTls({ context, handshakeTimeoutMs, socket: fd });
    const reader = new Reader(stream);
    stream.write(Buffer.from('echo'));
    assert.equal((await reader.until(4)).toString(), 'echo');
    stream.close();
    assert.equal(socket.destroyed, false);
    socket.destroy();
  });

  it('sends a chain of ours that is longer than what is gathered', async () => {
    const middle = issue({ name: 'middle', issuer: root, isRoot: true });
    const der = Buffer.from(middle.cert.replace(/-.*-/g, ''), 'base64').length + 5;
    // Servers of OpenSSL take 100 KiB, and 96 KiB are gathered.
    const certificate = clientIdentity.cert + middle.cert.repeat(Math.floor(101_000 / der));
    const chained = new TlsContext({ roots: root.cert, certificate, key: clientIdentity.key });
    const port = await rig.tlsServer((session) => session.end('welcome'));
    const reader = new Reader(await rig.client(port, { context: chained }));
    assert.equal((await reader.until(7)).toString(), 'welcome');
  });

  it('works over AF_UNIX', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tls-stream-'));
    const { cert, key } = serverIdentity;
    const server = tls.createServer({ cert, key }, (session) => session.pipe(session));
    try {
      server.listen(path.join(folder, 'socket'));
      await once(server, 'listening');
      const socket = connect(path.join(folder, 'socket'));
      await once(socket, 'connect');
      const stream = await openTls({ context, handshakeTimeoutMs, socket });
      assert.equal(socket.destroyed, true);
      const reader = new Reader(stream);
      stream.write(Buffer.from('echo'));
      assert.equal((await reader.until(4)).toString(), 'echo');
      stream.end();
      assert.deepEqual(await reader.ended, { kind: 'close-notify' });
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a socket that is not connected, or has something to send', async () => {
    const refused = (socket: Socket): Promise<void> =>
      assert.rejects(
        openTls({ context, handshakeTimeoutMs, socket }),
        (error) => error instanceof TlsOptionError && error.option === 'socket',
      );
    await refused(new Socket());
    const socket = await rig.socket(await rig.rawServer((other) => other.pause()));
    while (socket.write(Buffer.alloc(1024 * 1024)));
    await refused(socket);
    assert.equal(socket.destroyed, true);
  });

  it('fails for a descriptor that is none', async () => {
    assert.equal(await failure(openTls({ context, handshakeTimeoutMs, socket: 99_999 })), 'EBADF');
  });

  it('needs no certificate of ours where the server wants none', async () => {
    const port = await rig.tlsServer((session) => session.end('welcome'), { requestCert: false });
    const reader = new Reader(
      await rig.client(port, { context: new TlsContext({ roots: root.cert }) }),
    );
    assert.equal((await reader.until(7)).toString(), 'welcome');
  });
});
