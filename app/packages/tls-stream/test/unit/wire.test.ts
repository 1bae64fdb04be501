/** What the way does to the bytes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { TlsHandshakeError } from '../../src/index.ts';
import { Reader, Rig, writeAll } from '../rig.ts';
import { roughWire, type Treatment } from '../rough-wire.ts';

const byteByByte: Treatment = (bytes) => Array.from(bytes, (byte) => Buffer.of(byte));

/** Passes so many bytes, then cuts. */
function cutAfter(most: number): Treatment {
  let left = most;
  return (bytes) => {
    const part = bytes.subarray(0, Math.max(0, left));
    left -= part.length;
    return left === 0 ? [part, null] : [part];
  };
}

describe('a session on a rough way', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  it('does not mind bytes that come one by one', async () => {
    const server = await rig.tlsServer((session) => session.pipe(session));
    const port = await roughWire(rig, server, () => ({
      toServer: byteByByte,
      toClient: byteByByte,
    }));
    const stream = await rig.client(port);
    const reader = new Reader(stream);
    const data = randomBytes(3000);
    await writeAll(stream, reader, data);
    assert.ok((await reader.until(data.length)).equals(data));
    stream.end();
    assert.deepEqual(await reader.ended, { kind: 'close-notify' });
  });

  it('carries records of one byte', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const stream = await rig.client(port);
    const reader = new Reader(stream);
    const data = randomBytes(500);
    for (const byte of data) assert.equal(stream.write(Buffer.of(byte)), 1);
    assert.ok((await reader.until(data.length)).equals(data));
    assert.ok(stream.counters.recordsSent >= 500);
  });

  it('ends with a documented result wherever it is cut', async () => {
    const server = await rig.tlsServer((session) => session.pipe(session));
    let most = 0;
    const port = await roughWire(rig, server, () => ({
      toClient: cutAfter(most),
    }));
    const seen = new Set<string>();
    for (most = 1; most < 4000; most += most < 1300 ? 131 : 400) {
      try {
        const stream = await rig.client(port);
        const reader = new Reader(stream);
        stream.write(Buffer.alloc(2000));
        const end = await reader.ended;
        assert.ok(
          end.kind === 'cut' || (end.kind === 'error' && end.code === 'ECONNRESET'),
          JSON.stringify(end),
        );
        assert.ok(reader.data.equals(Buffer.alloc(reader.length)));
        seen.add('session');
      } catch (error) {
        assert.ok(error instanceof TlsHandshakeError && error.code === 'ECONNRESET', String(error));
        seen.add('handshake');
      }
    }
    assert.deepEqual([...seen].sort(), ['handshake', 'session']);
  });

  it('takes an alert in the clear before the server has answered for an end of the connection', async () => {
    const alerts = { closeNotify: [1, 0], userCanceled: [1, 90] };
    for (const [name, alert] of Object.entries(alerts)) {
      const server = await rig.rawServer((socket) => {
        socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, ...alert])));
      });
      await assert.rejects(
        rig.client(server),
        (error) => error instanceof TlsHandshakeError && error.code === 'ECONNRESET',
        name,
      );
    }
  });

  it('takes nothing for data that was changed or added on the way', async () => {
    const server = await rig.tlsServer((session) => session.pipe(session));
    const spoil: readonly ((bytes: Buffer) => Buffer)[] = [
      (bytes) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))),
      (bytes) => Buffer.concat([randomBytes(bytes.length)]),
      (bytes) => Buffer.concat([Buffer.from([23, 3, 3, 0, 40]), randomBytes(40), bytes]),
      // An alert in the clear, as anyone on the path could send it.
      (bytes) => Buffer.concat([Buffer.from([21, 3, 3, 0, 2, 1, 0]), bytes]),
      // The same record twice.
      (bytes) => Buffer.concat([bytes, bytes]),
    ];
    for (const change of spoil) {
      let isSpoiling = false;
      const port = await roughWire(rig, server, () => ({
        toClient: (bytes) => [isSpoiling ? change(bytes) : bytes],
      }));
      const stream = await rig.client(port);
      const reader = new Reader(stream);
      stream.write(Buffer.from('good'));
      await reader.until(4);
      isSpoiling = true;
      stream.write(Buffer.from('evil'));
      const end = await reader.ended;
      assert.ok(end.kind === 'error' && end.code.startsWith('ERR_SSL_'), JSON.stringify(end));
      assert.match(reader.data.toString(), /^good(evil)?$/);
    }
  });

  it('answers each request for a key update, and keeps none of the answers', async () => {
    const server = await rig.openssl([]);
    const stream = await rig.client(server.port);
    const reader = new Reader(stream);
    for (let i = 1; i <= 40; i++) {
      server.type('K');
      while (stream.counters.keyUpdatesReceived < i)
        await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(stream.counters.pendingBytes, 0);
    stream.write(Buffer.from('answer\n'));
    await server.until(/answer/);
    assert.equal(stream.counters.keyUpdatesSent, 40);
    assert.equal(reader.end, undefined);
  });
});
