/** Key updates (RFC 8446 sections 4.6.3 and 5.5). */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Reader, Rig, writeAll } from '../rig.ts';
import { ServerRecords, suite } from '../server-records.ts';

const burst = 64 * 1024;

describe('the keys of a session', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  it('change in both directions long before they have protected too much', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const stream = await rig.client(port, { keyLimits: { records: 40 } });
    const reader = new Reader(stream);
    const data = randomBytes(4_000_000);
    // What is under way still has the old keys, so that must be little against the limit.
    for (let at = 0; at < data.length; at += burst) {
      await writeAll(stream, reader, data.subarray(at, at + burst));
      await reader.until(Math.min(at, data.length));
    }
    assert.ok((await reader.until(data.length)).equals(data));
    const { keyUpdatesSent, keyUpdatesReceived, recordsSent, recordsReceived } = stream.counters;
    assert.ok(keyUpdatesSent >= 5, `${keyUpdatesSent} sent`);
    assert.ok(keyUpdatesReceived >= 5, `${keyUpdatesReceived} received`);
    assert.ok(recordsSent < 80 && recordsReceived < 80, `${recordsSent}, ${recordsReceived}`);
  });

  it('change while data only comes', async () => {
    const port = await rig.tlsServer((session) => {
      const send = (): void => {
        if (session.destroyed) return;
        session.write(Buffer.alloc(burst));
        setImmediate(send);
      };
      send();
    });
    const stream = await rig.client(port, { keyLimits: { records: 40 } });
    await new Reader(stream).until(6_000_000);
    assert.ok(stream.counters.keyUpdatesReceived >= 2);
    stream.close();
  });

  it('change with age', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const stream = await rig.client(port, { keyLimits: { seconds: 0 } });
    const reader = new Reader(stream);
    for (let i = 1; i <= 3; i++) {
      stream.write(Buffer.of(i));
      await reader.until(i);
      assert.ok(stream.counters.keyUpdatesSent >= i);
    }
    assert.deepEqual([...reader.data], [1, 2, 3]);
  });

  it('change when asked for', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const stream = await rig.client(port);
    const reader = new Reader(stream);
    assert.equal(stream.updateKeys(), true);
    stream.write(Buffer.from('echo'));
    assert.equal((await reader.until(4)).toString(), 'echo');
    const { keyUpdatesSent, keyUpdatesReceived } = stream.counters;
    assert.deepEqual([keyUpdatesSent, keyUpdatesReceived], [1, 1]);
  });

  it('end a session that cannot change them', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session), { maxVersion: 'TLSv1.2' });
    const stream = await rig.client(port, { keyLimits: { records: 20 } });
    assert.equal(stream.updateKeys(), false);
    for (let i = 0; i < 60; i++) stream.write(Buffer.of(i));
    await soon();
    // Reported once there is a handler.
    assert.deepEqual(await new Reader(stream).ended, { kind: 'keys-exhausted' });
    assert.ok(stream.counters.recordsSent <= 42, `${stream.counters.recordsSent}`);
  });

  it('change for each of many requests in one burst, and what follows is read', async () => {
    const { server, stream, records, toClient } = await forgeable(rig);
    // Their answers are more than the stream gathers.
    const requests = Array.from({ length: 5000 }, () => records.keyUpdate());
    const burst = Buffer.concat([...requests, records.data(Buffer.from('after'))]);
    toClient(burst);
    const reader = new Reader(stream);
    await withDeadline(reader.until(5), () => JSON.stringify(stream.counters));
    assert.equal(reader.data.toString(), 'after');
    // The last one is answered with the next data (RFC 8446 section 4.6.3).
    stream.write(Buffer.from('answer\n'));
    await withDeadline(server.until(/answer/), () => 'the server has not read the answer');
    assert.equal(stream.counters.keyUpdatesSent, 5000);
  });

  it('change no more often in one turn of the event loop than it has time for', async () => {
    const { stream, records, toClient } = await forgeable(rig);
    const updates = Array.from({ length: 5000 }, () => records.keyUpdate(false));
    toClient(Buffer.concat([...updates, records.data(Buffer.from('after'))]));
    const buffer = Buffer.alloc(64 * 1024);
    let most = 0;
    const delivered = new Promise<number>((resolve) => {
      stream.start({
        onReadable: () => {
          const { keyUpdatesReceived } = stream.counters;
          const length = stream.read(buffer);
          most = Math.max(most, stream.counters.keyUpdatesReceived - keyUpdatesReceived);
          if (length > 0) resolve(length);
        },
        onEnd: (end) => assert.fail(JSON.stringify(end)),
      });
    });
    assert.equal(await withDeadline(delivered, () => JSON.stringify(stream.counters)), 5);
    assert.equal(stream.counters.keyUpdatesReceived, 5000);
    assert.ok(most > 0 && most <= 512, `${most} in one read`);
  });

  it('leave time for others where records hold a byte', async () => {
    const { stream, records, toClient } = await forgeable(rig);
    const bytes = Array.from({ length: 5000 }, (_, n) => records.data(Buffer.of(n & 0xff)));
    toClient(Buffer.concat(bytes));
    const reader = new Reader(stream);
    await withDeadline(reader.until(5000), () => JSON.stringify(stream.counters));
    assert.ok(reader.data.equals(Buffer.from(bytes.map((_, n) => n & 0xff))));
    const longest = Math.max(...reader.chunks.map(({ length }) => length));
    assert.ok(longest <= 512, `${longest} records in one read`);
  });

  it('change when OpenSSL on the other side does so', async () => {
    const server = await rig.openssl([]);
    const stream = await rig.client(server.port);
    const reader = new Reader(stream);
    for (const [command, received] of [
      ['k', 1],
      ['K', 2],
    ] as const) {
      server.type(command);
      // It takes what is typed before it reads on for a part of the command.
      while (stream.counters.keyUpdatesReceived < received) await soon();
      server.type(`after ${command}`);
      while (!reader.data.toString().includes(`after ${command}`)) await soon();
      stream.write(Buffer.from(`answer to ${command}\n`));
      await server.until(new RegExp(`answer to ${command}`));
    }
    // Only the second one asked for ours.
    assert.equal(stream.counters.keyUpdatesSent, 1);
  });
});

/** A client of OpenSSL's server, and records that it takes for that server's. */
async function forgeable(rig: Rig) {
  const log = path.join(mkdtempSync(path.join(tmpdir(), 'tls-stream-')), 'keys');
  const args = ['-num_tickets', '0', '-keylogfile', log, '-ciphersuites', suite];
  const server = await rig.openssl(args);
  const { port, toClient } = await injectable(rig, server.port);
  const stream = await rig.client(port);
  // On a busy machine the client can be ready before the server has written its log.
  while (!/^SERVER_TRAFFIC_SECRET_0 .*\n/m.test(readFileSync(log, 'utf8'))) await soon();
  const records = new ServerRecords(readFileSync(log, 'utf8'));
  rmSync(path.dirname(log), { recursive: true });
  return { server, stream, records, toClient };
}

/** A way to `server` on which something can be put in. */
async function injectable(rig: Rig, server: number) {
  let client: Socket | undefined;
  const port = await rig.rawServer((socket) => {
    client = socket;
    const upstream = connect(server, '127.0.0.1').on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  return { port, toClient: (bytes: Buffer) => void client!.write(bytes) };
}

/** Fails with the state of things instead of a time-out of the whole file. */
async function withDeadline<T>(promise: Promise<T>, state: () => string): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RangeError(`nothing more came: ${state()}`)), 20_000);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
