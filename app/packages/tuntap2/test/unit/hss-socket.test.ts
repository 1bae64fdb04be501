/** The kernel here has no such family: what differs from TCP is tested with TCP's own family. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { constants } from 'node:os';
import { connectHss, defaultHssFamily, hssProblem, SocketError } from '../../src/index.ts';
import { connectFamily } from '../../src/hss-socket.ts';
import { sockets } from '../../src/native-sockets.ts';
import { until } from '../device-contract.ts';

const family = 2; // AF_INET
const timeoutMs = 2000;

describe('tuntap2/hss-socket', () => {
  let server: net.Server | undefined;
  const peers: net.Socket[] = [];
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.destroy();
    server?.close();
    server = undefined;
  });

  async function listen(onPeer: (peer: net.Socket) => void): Promise<number> {
    server = net.createServer((peer) => {
      peers.push(peer.on('error', () => undefined));
      onPeer(peer);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as net.AddressInfo).port;
  }
  const open = (port: number) => connectFamily({ family, address: '127.0.0.1', port, timeoutMs });
  const errorOf = async (attempt: Promise<unknown>): Promise<SocketError> => {
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    assert.ok(error instanceof SocketError, String(error));
    return error;
  };

  it('is never taken for another family', async () => {
    assert.match(hssProblem(family) ?? '', /family 2 is another one/);
    assert.match(hssProblem(250) ?? '', /no socket family 250/);
    const attempt = connectHss({ family, address: '127.0.0.1', port: 1, timeoutMs });
    const error = await errorOf(attempt);
    assert.equal(error.errno, 'EAFNOSUPPORT');
    assert.match(error.hint, /another one \(AF_MCTP\?\)/);
    assert.equal(defaultHssFamily, 45);
  });

  it('moves bytes both ways, more than the kernel takes at once', async () => {
    const port = await listen((peer) => peer.pipe(peer));
    const stream = await open(port);
    const sent = Buffer.alloc(8_000_000, 'some text, ');
    let received = 0;
    stream.on('data', (chunk: Buffer) => {
      assert.ok(sent.subarray(received, received + chunk.length).equals(chunk));
      received += chunk.length;
      if (received === sent.length) stream.destroy();
    });
    stream.write(sent);
    await once(stream, 'close');
    assert.equal(received, sent.length);
  });

  it('waits for a slow reader', async () => {
    const port = await listen((peer) => peer.end(Buffer.alloc(3_000_000, 1)));
    const stream = await open(port);
    await new Promise((resolve) => setImmediate(resolve));
    let received = 0;
    for await (const chunk of stream) {
      received += (chunk as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(received, 3_000_000);
  });

  it('shuts down before it closes, and is closed by the end of the other side', async () => {
    const port = await listen((peer) => peer.resume());
    const connected = once(server!, 'connection');
    const stream = await open(port);
    const [peer] = (await connected) as [net.Socket];
    stream.destroy();
    await once(peer, 'end');
    const next = once(server!, 'connection');
    const other = await open(port);
    other.resume();
    ((await next) as [net.Socket])[0].end();
    await once(other, 'close');
  });

  it('fails with what the kernel says', async () => {
    const port = await listen(() => undefined);
    server!.close();
    assert.equal((await errorOf(open(port))).errno, 'ECONNREFUSED');
    const wrong = connectFamily({ family, address: 'name', port, timeoutMs });
    assert.equal((await errorOf(wrong)).syscall, 'inet_pton');
    const stream = await open(await listen((peer) => peer.resetAndDestroy()));
    const [error] = (await once(stream.resume(), 'error')) as [SocketError];
    assert.equal(error.errno, 'ECONNRESET');
  });

  it('fails, and ends nothing else, when the loop cannot watch the socket', async () => {
    const port = await listen((peer) => peer.resume());
    const native = sockets();
    const adoptStream = native.adoptStream.bind(native);
    let closed = 0;
    native.adoptStream = (fd) => {
      const stream = adoptStream(fd);
      const close = (): void => {
        closed++;
        stream.close();
      };
      return {
        start: () => ({ errno: constants.errno.ENOMEM, syscall: 'uv_poll' }),
        read: () => 0,
        write: () => 0,
        watch: () => undefined,
        shutdown: () => stream.shutdown(),
        close,
      };
    };
    try {
      assert.equal((await errorOf(open(port))).errno, 'ENOMEM');
    } finally {
      native.adoptStream = adoptStream;
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed, 1);
  });

  it('can be called off', async () => {
    const port = await listen((peer) => peer.resume());
    const signal = AbortSignal.abort();
    const attempt = connectFamily({ family, address: '127.0.0.1', port, timeoutMs, signal });
    assert.equal((await errorOf(attempt)).errno, 'ECANCELED');
    const later = new AbortController();
    const second = connectFamily({
      family,
      address: '127.0.0.1',
      port,
      timeoutMs,
      signal: later.signal,
    });
    later.abort();
    assert.equal((await errorOf(second)).errno, 'ECANCELED');
    // The kernel has connected it all the same: it is closed as soon as that is known.
    await until('the end of the connection', () => peers.some((peer) => peer.readableEnded));
  });
});
