/** Data both ways, and the ends of a session. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { TlsOptionError, type TlsStream } from '../../src/index.ts';
import { NativeStream } from '../../src/native-stream.ts';
import { clientIdentity, Reader, Rig, serverIdentity, writeAll } from '../rig.ts';

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  describe(`a stream of ${version}`, () => {
    let rig: Rig;
    beforeEach(() => (rig = new Rig()));
    afterEach(() => rig.close());
    const only = { minVersion: version, maxVersion: version, allowHalfOpen: true };

    async function pair(onSession: (session: TLSSocket) => void = () => undefined) {
      let serve: (session: TLSSocket) => void;
      const accepted = new Promise<TLSSocket>((resolve) => (serve = resolve));
      const port = await rig.tlsServer((session) => {
        onSession(session);
        serve(session);
      }, only);
      const stream = await rig.client(port);
      return { stream, server: await accepted };
    }

    it('shows who is there, and shows our certificate', async () => {
      const { stream, server } = await pair();
      assert.equal(stream.protocol, version);
      assert.match(stream.cipher, /AES|CHACHA/);
      assert.equal(stream.pin, serverIdentity.pin);
      assert.equal(stream.notYetValid, undefined);
      const der = Buffer.from(stream.chain[0]!).toString('base64');
      assert.ok(serverIdentity.cert.includes(der));
      assert.equal(server.authorized, true);
      assert.equal(
        server.getPeerX509Certificate()!.toString().replaceAll('\n', ''),
        clientIdentity.cert.replaceAll('\n', ''),
      );
    });

    it('carries much both ways at once, and slow ends lose nothing', async () => {
      const { stream, server } = await pair((session) => session.pipe(session));
      const reader = new Reader(stream, 10_000);
      const data = randomBytes(3_000_000);
      await writeAll(stream, reader, data);
      assert.ok((await reader.until(data.length)).equals(data));
      assert.ok(stream.counters.bytesWritten > data.length);
      stream.end();
      assert.deepEqual(await reader.ended, { kind: 'close-notify' });
      assert.equal(server.destroyed || server.readableEnded, true);
    });

    it('sends the records of a burst together', async () => {
      const { stream } = await pair((session) => session.resume());
      const before = stream.counters;
      assert.equal(stream.write(randomBytes(48 * 1024)), 48 * 1024);
      const after = stream.counters;
      assert.equal(after.recordsSent - before.recordsSent, 3);
      assert.equal(after.pendingBytes, 0);
    });

    it('takes no more than its bound while the server does not read', async () => {
      const { stream, server } = await pair((session) => session.pause());
      const reader = new Reader(stream);
      let writable = 0;
      reader.onWritable = () => writable++;
      const data = Buffer.alloc(256 * 1024, 7);
      let taken = 0;
      for (let written = data.length; written === data.length; taken += written)
        written = stream.write(data);
      assert.ok(stream.counters.pendingBytes <= 96 * 1024, `${stream.counters.pendingBytes}`);
      assert.equal(stream.write(data), 0);
      assert.equal(writable, 0);
      const acknowledged = stream.bytesAcknowledged()!;
      assert.ok(acknowledged > 0 && acknowledged <= stream.counters.bytesWritten + 1);
      let received = 0;
      server.on('data', (chunk: Buffer) => (received += chunk.length));
      server.resume();
      while (received < taken) await new Promise((resolve) => server.once('data', resolve));
      assert.equal(received, taken);
      assert.ok(writable > 0);
      assert.ok(stream.bytesAcknowledged()! > acknowledged);
      stream.close();
      assert.equal(stream.bytesAcknowledged(), undefined);
    });

    it('reports when the kernel has taken what a write left pending, and only then', async () => {
      const { stream, server } = await pair((session) => session.pause());
      let drained = 0;
      stream.start({
        onReadable: () => undefined,
        onDrained: () => {
          assert.equal(stream.pendingBytes, 0);
          drained++;
        },
        onEnd: () => undefined,
      });
      assert.equal(stream.write(Buffer.of(1)), 1);
      assert.equal(stream.pendingBytes, 0);
      const part = Buffer.alloc(8 * 1024, 7);
      while (stream.pendingBytes === 0) assert.equal(stream.write(part), part.length);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(drained, 0);
      server.resume();
      while (stream.pendingBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(drained, 1);
    });

    it('leaves what comes in the kernel while it is paused', async () => {
      const { stream, server } = await pair();
      const reader = new Reader(stream);
      server.write('one');
      await reader.until(3);
      stream.pause();
      server.write('two');
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(reader.length, 3);
      stream.resume();
      assert.equal((await reader.until(6)).toString(), 'onetwo');
    });

    it('reads what is decrypted already after a pause', async () => {
      const { stream, server } = await pair();
      const buffer = Buffer.alloc(3);
      const read: string[] = [];
      const ended = new Promise((resolve) =>
        stream.start({
          onReadable: () => {
            const length = stream.read(buffer);
            if (length === 0) return;
            read.push(buffer.toString('latin1', 0, length));
            stream.pause();
            setImmediate(() => stream.resume());
          },
          onEnd: resolve,
        }),
      );
      await settled(stream, server);
      server.end('abcdefgh');
      assert.deepEqual(await ended, { kind: 'close-notify' });
      assert.deepEqual(read, ['abc', 'def', 'gh']);
    });

    it('delivers data that came before the end, and distinguishes close_notify from a cut', async () => {
      const closing = await pair();
      const closed = new Reader(closing.stream);
      await settled(closing.stream, closing.server);
      closing.server.end('last');
      assert.deepEqual(await closed.ended, { kind: 'close-notify' });
      assert.equal(closed.data.toString(), 'last');

      const cutting = await pair((session) => session.write('half', () => cut(session)));
      const cutReader = new Reader(cutting.stream);
      assert.deepEqual(await cutReader.ended, { kind: 'cut' });
      assert.equal(cutReader.data.toString(), 'half');
    });

    it('reports a reset with its errno', async () => {
      const { stream, server } = await pair();
      const reader = new Reader(stream);
      below(server).resetAndDestroy();
      assert.deepEqual(await reader.ended, { kind: 'error', code: 'ECONNRESET' });
    });

    it('reads on after its own end until the server ends', async () => {
      const { stream } = await pair((session) => {
        session.resume();
        session.on('end', () => setTimeout(() => session.end('late data'), 20));
      });
      const reader = new Reader(stream);
      stream.end();
      assert.equal(stream.write(Buffer.from('x')), 0);
      assert.deepEqual(await reader.ended, { kind: 'close-notify' });
      assert.equal(reader.data.toString(), 'late data');
    });

    it('waits no longer than it may for the end of the server', async () => {
      const { stream } = await pair((session) => session.resume());
      const reader = new Reader(stream);
      stream.end(30);
      assert.deepEqual(await reader.ended, { kind: 'error', code: 'ETIMEDOUT' });
    });

    it('refuses times and ranges that are not what they seem, and goes on', async () => {
      const { stream, server } = await pair();
      for (const timeout of [Infinity, NaN, -1, 2 ** 31])
        assert.throws(() => stream.end(timeout), TlsOptionError);
      const buffer = Buffer.alloc(8);
      for (const [begin, end] of [
        [2 ** 32, 4],
        [NaN, 4],
        [-1, 4],
        [0, 2 ** 32 + 4],
        [0, 9],
        [0.5, 4],
      ] as const) {
        assert.throws(() => stream.read(buffer, begin, end), { code: /^ERR_/ });
        assert.throws(() => stream.write(buffer, begin, end), { code: /^ERR_/ });
      }
      const reader = new Reader(stream);
      await settled(stream, server);
      server.end('data');
      assert.deepEqual(await reader.ended, { kind: 'close-notify' });
      assert.equal(reader.data.toString(), 'data');
    });

    it('calls nothing after close, even from inside a call', async () => {
      const { stream, server } = await pair((session) => session.end('data'));
      const calls: string[] = [];
      await new Promise<void>((resolve) =>
        stream.start({
          onReadable: () => {
            calls.push('readable');
            stream.close();
            stream.close();
            assert.equal(stream.read(Buffer.alloc(10)), 0);
            assert.equal(stream.write(Buffer.alloc(10)), 0);
            setTimeout(resolve, 50);
          },
          onEnd: () => calls.push('end'),
        }),
      );
      assert.deepEqual(calls, ['readable']);
      assert.ok(server);
    });
  });
}

it('the counters of a stream are read into one piece of memory', () => {
  const into = new Set<Uint8Array>();
  const session = { counters: (bytes: Uint8Array) => into.add(bytes) };
  const stream = new NativeStream(session as never, { chain: [], begins: 0 } as never);
  for (let n = 0; n < 3; n++) assert.equal(stream.pendingBytes, 0);
  assert.equal(into.size, 1);
});

/** Node.js can send close_notify only after its session tickets, which it sends when it has time. */
async function settled(stream: TlsStream, server: TLSSocket): Promise<void> {
  stream.write(Buffer.from('ready'));
  await once(server, 'data');
}

/** The socket below a session of a server. */
function below(session: TLSSocket): Socket {
  return (session as unknown as { _parent: Socket })._parent;
}

/** Ends the stream without a close_notify. */
function cut(session: TLSSocket): void {
  below(session).destroy();
}
