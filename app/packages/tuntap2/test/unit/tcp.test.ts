import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { connectTcp, SocketError } from '../../src/index.ts';
import { openSockets, socketsFallTo } from './open-sockets.ts';

const timeoutMs = 2000;

describe('tuntap2/tcp', () => {
  let server: net.Server | undefined;

  async function listen(address: string): Promise<number> {
    server = net.createServer((peer) => peer.pipe(peer)).listen(0, address);
    await once(server, 'listening');
    return (server.address() as net.AddressInfo).port;
  }

  afterEach(() => {
    server?.close();
    server = undefined;
  });

  async function rejection(attempt: Promise<net.Socket>): Promise<SocketError> {
    const error: unknown = await attempt.then(
      (socket) => socket.destroy(),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof SocketError, String(error));
    return error;
  }

  for (const address of ['127.0.0.1', '::1']) {
    it(`connects to ${address} and gives an ordinary socket`, async () => {
      const port = await listen(address);
      const socket = await connectTcp({ address, port, timeoutMs });
      assert.equal(socket.remoteAddress, address);
      assert.equal(socket.remotePort, port);
      const text = 'x'.repeat(300_000);
      socket.end(text);
      let echoed = '';
      for await (const chunk of socket) echoed += String(chunk);
      assert.equal(echoed, text);
    });
  }

  it('lets less wait in the kernel on request', async () => {
    const accepted = async (notSentLowWaterBytes: number | undefined): Promise<number> => {
      server = net.createServer((peer) => peer.pause()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      const options = { address: '127.0.0.1', port, timeoutMs, notSentLowWaterBytes };
      const socket = await connectTcp(options);
      let bytes = 0;
      for (let quiet = 0; quiet < 20; quiet++) {
        const done = (): void => {
          bytes += 16 * 1024;
          quiet = 0;
        };
        if (socket.writableLength === 0) socket.write(new Uint8Array(16 * 1024), done);
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.destroy();
      server.close();
      return bytes;
    };
    const [limited, unlimited] = [await accepted(32 * 1024), await accepted(undefined)];
    assert.ok(limited > 0);
    assert.ok(limited + 256 * 1024 < unlimited, `${limited} and ${unlimited} bytes`);
  });

  it('closes its descriptor with the socket', async () => {
    const port = await listen('127.0.0.1');
    const before = openSockets();
    const socket = await connectTcp({ address: '127.0.0.1', port, timeoutMs });
    assert.ok(openSockets() > before);
    socket.end();
    await once(socket.resume(), 'close');
    await socketsFallTo(before);
  });

  const failures: [what: string, address: string, port: number, errno: string][] = [
    ['a port without a listener', '127.0.0.1', 1, 'ECONNREFUSED'],
    ['a name', 'localhost', 443, 'EINVAL'],
    ['an empty address', '', 443, 'EINVAL'],
    ['an IPv4 address of three numbers', '127.0.1', 443, 'EINVAL'],
    ['an IPv4 address with a zone', '127.0.0.1%lo', 443, 'EINVAL'],
    ['an address with a zero byte', '127.0.0.1\0', 443, 'EINVAL'],
    ['text that is longer than any address', '1'.repeat(5000), 443, 'EINVAL'],
    ['a bracketed address', '[::1]', 443, 'EINVAL'],
    ['a port above 65535', '127.0.0.1', 65536, 'EINVAL'],
    ['an empty zone', 'fe80::1%', 443, 'ENODEV'],
    ['an unknown zone', 'fe80::1%nosuchlink', 443, 'ENODEV'],
    ['a link-local address without zone', 'fe80::1', 443, 'EINVAL'],
    ['a broadcast address', '255.255.255.255', 443, 'ENETUNREACH'],
  ];
  for (const [what, address, port, errno] of failures) {
    it(`fails with ${errno} for ${what}`, async () => {
      const before = openSockets();
      const error = await rejection(connectTcp({ address, port, timeoutMs }));
      assert.equal(error.errno, errno);
      assert.equal(error.code, 'SOCKET');
      await socketsFallTo(before);
    });
  }

  it('names the interface that does not exist', async () => {
    const options = { address: '127.0.0.1', port: 1, device: 'nosuchlink', timeoutMs };
    const error = await rejection(connectTcp(options));
    assert.equal(error.syscall, 'setsockopt(SO_BINDTODEVICE)');
    assert.equal(error.errno, 'ENODEV');
  });

  it('leaves from the given address', async () => {
    const port = await listen('127.0.0.1');
    const socket = await connectTcp({ address: '127.0.0.1', port, source: '127.9.8.7', timeoutMs });
    try {
      assert.equal(socket.localAddress, '127.9.8.7');
    } finally {
      socket.destroy();
    }
  });

  for (const [what, source, errno] of [
    ['of another machine', '192.0.2.77', 'EADDRNOTAVAIL'],
    ['of the other family', '::1', 'EAFNOSUPPORT'],
    ['that is none', 'localhost', 'EINVAL'],
  ] as const) {
    it(`fails with ${errno} from an address ${what}`, async () => {
      const before = openSockets();
      const options = { address: '127.0.0.1', port: 1, source, timeoutMs };
      assert.equal((await rejection(connectTcp(options))).errno, errno);
      await socketsFallTo(before);
    });
  }

  it('ends an attempt that is aborted, and only with its own reason', async () => {
    const port = await listen('127.0.0.1');
    const before = openSockets();
    const abort = new AbortController();
    const { signal } = abort;
    const attempt = rejection(connectTcp({ address: '127.0.0.1', port, timeoutMs, signal }));
    abort.abort('the operator said so');
    const error = await attempt;
    assert.equal(error.errno, 'ECANCELED');
    assert.equal(error.cause, 'the operator said so');
    await socketsFallTo(before);
  });

  it('does not begin when it was aborted before', async () => {
    const port = await listen('127.0.0.1');
    let connections = 0;
    server?.on('connection', () => connections++);
    const signal = AbortSignal.abort();
    const error = await rejection(connectTcp({ address: '127.0.0.1', port, timeoutMs, signal }));
    assert.equal(error.errno, 'ECANCELED');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(connections, 0);
  });

  it('leaves a connected socket alone when the signal is aborted later', async () => {
    const port = await listen('127.0.0.1');
    const abort = new AbortController();
    const { signal } = abort;
    const socket = await connectTcp({ address: '127.0.0.1', port, timeoutMs, signal });
    abort.abort();
    socket.end('still here');
    let echoed = '';
    for await (const chunk of socket) echoed += String(chunk);
    assert.equal(echoed, 'still here');
  });

  it('refuses arguments of the wrong type', async () => {
    const port = 'http' as unknown as number;
    await assert.rejects(connectTcp({ address: '::1', port, timeoutMs }), TypeError);
  });

  it('connects and fails many times without a leak', async () => {
    const port = await listen('127.0.0.1');
    const before = openSockets();
    for (let i = 0; i < 200; i++) {
      const abort = new AbortController();
      const { signal } = abort;
      const attempt = connectTcp({
        address: '127.0.0.1',
        port: i % 3 === 0 ? 1 : port,
        timeoutMs,
        signal,
      });
      if (i % 3 === 1) abort.abort();
      await attempt.then(
        (socket) => socket.destroy(),
        () => undefined,
      );
    }
    await socketsFallTo(before);
  });
});
