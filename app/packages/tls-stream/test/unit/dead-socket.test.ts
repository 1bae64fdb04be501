/** A connection on which nothing can be sent any more: writes take nothing, and the session ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { openTls, type TlsStream } from '../../src/index.ts';
import { context, handshakeTimeoutMs, Reader, Rig } from '../rig.ts';

describe('a stream on a dead connection', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  /** A paused stream; `last` came before the server's reset. */
  async function resetWhilePaused(last = '') {
    let accept: (session: TLSSocket) => void;
    const accepted = new Promise<TLSSocket>((resolve) => (accept = resolve));
    const stream = await rig.client(await rig.tlsServer((session) => accept(session)));
    const reader = new Reader(stream);
    stream.pause();
    const server = await accepted;
    if (last !== '') await new Promise((resolve) => server.write(last, resolve));
    const { _parent: socket } = server as unknown as { _parent: Socket };
    const closed = once(socket, 'close');
    socket.resetAndDestroy();
    await closed;
    return { stream, reader };
  }

  it('takes no more while it is paused, and ends', async () => {
    const { stream, reader } = await resetWhilePaused();
    await untilDead(stream);
    assert.match(await codeOf(reader), /^(ECONNRESET|EPIPE)$/);
  });

  it('ends when its keys are to be changed while it is paused', async () => {
    const { stream, reader } = await resetWhilePaused();
    while (stream.updateKeys()) await turn();
    assert.match(await codeOf(reader), /^(ECONNRESET|EPIPE)$/);
  });

  it('calls onWritable for a write that was cut short, and ends', async () => {
    const { stream, reader } = await resetWhilePaused();
    const much = Buffer.alloc(1024 * 1024);
    reader.onWritable = () => assert.equal(stream.write(much), 0);
    assert.ok(stream.write(much) < much.length);
    assert.match(await codeOf(reader), /^(ECONNRESET|EPIPE)$/);
  });

  it('still delivers what came before', async () => {
    const { stream, reader } = await resetWhilePaused('last');
    stream.write(Buffer.from('lost'));
    stream.resume();
    assert.match(await codeOf(reader), /^(ECONNRESET|EPIPE)$/);
    assert.equal(reader.data.toString(), 'last');
  });

  it('ends where only sending is impossible', async () => {
    const server = await rig.tlsServer((session) => session.resume().write('ready'));
    const port = await rig.rawServer((client) => {
      const upstream = connect(server, '127.0.0.1').on('error', () => undefined);
      client.on('data', (bytes) => upstream.write(bytes));
      upstream.on('data', (bytes) => client.write(bytes));
    }, true);
    const socket = await rig.socket(port);
    socket.pause();
    const { _handle: handle } = socket as unknown as {
      _handle: { fd: number; readStop(): void };
    };
    handle.readStop();
    const stream = await openTls({ context, handshakeTimeoutMs, socket: handle.fd });
    const reader = new Reader(stream);
    // Nothing is under way any more that would wake the stream.
    await reader.until(5);
    await new Promise<void>((resolve) => socket.end(resolve));
    assert.equal(stream.write(Buffer.of(1)), 1);
    assert.equal(await codeOf(reader), 'EPIPE');
    stream.close();
    socket.destroy();
  });
});

async function untilDead(stream: TlsStream): Promise<void> {
  for (const deadline = Date.now() + 20_000; stream.write(Buffer.of(1)) > 0; await turn())
    assert.ok(Date.now() < deadline, 'everything is taken');
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function codeOf(reader: Reader): Promise<string> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RangeError('the end is not reported')), 20_000);
  });
  const end = await Promise.race([reader.ended, late]).finally(() => clearTimeout(timer));
  return end.kind === 'error' ? end.code : end.kind;
}
