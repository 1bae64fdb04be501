/** psockd and psock-host's driver with a cable between, real AF_UNIX clients before and real TCP servers behind. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import path from 'node:path';
import { bridge, resultCode } from 'hss';
import { HostUsbDriver } from 'psock-host';
import { runDaemon } from '../../../../src/programs/psockd/daemon.ts';
import { PsockTransport } from '../../../../src/uplink/psock-transport.ts';
import { watchPsock } from '../../../../src/uplink/psock-watch.ts';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { instant, milliseconds } from '../../../../src/core/time.ts';
import { createAuthority } from '../../../../src/dev/pki/authority.ts';
import { openTls } from '../../../../src/uplink/tls.ts';
import { FakeCable } from '../../../harness/fake-cable.ts';
import { until } from '../../../harness/until.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';

const timing = { clock: systemClock, random: Math.random };

const quiet = {
  error: () => undefined,
  warning: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  isEnabled: () => false,
};

const names = { servers: [], knownAddresses: () => [], lastKnown: () => [], now: () => instant(0) };

describe('psockd', () => {
  let folder: string;
  let socketFile: string;
  let cable: FakeCable;
  let stop: AbortController;
  let daemon: Promise<void>;
  let hosts: HostUsbDriver[];
  let servers: Server[];
  let accepted: Socket[];
  let sessions: number;
  /** How far the clock of the hosts is ahead. */
  let hostClock: number;
  /** Of every server. */
  let connectDelayMs: number;
  /** The hosts swallow what the card sends, and never say so. */
  let acknowledges: boolean;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'psockd-'));
    socketFile = path.join(folder, 'socket');
    hosts = [];
    servers = [];
    accepted = [];
    sessions = 0;
    hostClock = 0;
    acknowledges = true;
    connectDelayMs = 0;
    cable = new FakeCable();
    await startDaemon();
  });
  afterEach(async () => {
    stop.abort();
    await daemon;
    for (const host of hosts) await host.close();
    for (const socket of accepted) socket.destroy();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  async function startDaemon(): Promise<void> {
    stop = new AbortController();
    daemon = runDaemon({
      folder,
      socket: socketFile,
      log: quiet,
      environment: {},
      signal: stop.signal,
      silenceMs: 1000,
      openPort: (_, onEvent) => cable.open(onEvent),
    });
    await until('the daemon', 5, () => status().catch(() => undefined));
  }

  /** A host program at the other end of the cable. */
  async function startHost(): Promise<HostUsbDriver> {
    const driver = new HostUsbDriver({
      port: cable.hostPort,
      maxSockets: 8,
      now: () => performance.now() + hostClock,
      onSession: () => sessions++,
      onFailure: (error) => assert.fail(error),
      onConnect: (to, answer) => {
        const tcp = connect({ port: to.port, host: '127.0.0.1', allowHalfOpen: true });
        const bridged = bridge(tcp);
        if (!acknowledges) bridged.onData = () => undefined;
        tcp.once('connect', () => setTimeout(() => answer(resultCode.success), connectDelayMs));
        tcp.once('error', () => answer(resultCode.connectionRefused));
        return Object.assign(bridged, { onEstablished: bridged.attach.bind(bridged) });
      },
    });
    hosts.push(driver);
    await driver.start();
    return driver;
  }

  async function serve(onConnection: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      accepted.push(socket);
      socket.on('error', () => undefined);
      onConnection(socket);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const transport = (deadlineMs = 50_000) =>
    new PsockTransport({
      ...timing,
      socket: socketFile,
      names,
      deadline: milliseconds(deadlineMs),
    });
  const open = async (port: number): Promise<Socket> => {
    const target = { address: '127.0.0.1', port };
    const { stream } = await transport().connect(target, AbortSignal.timeout(60_000));
    return stream as Socket;
  };
  const echo = (socket: Socket): void => void socket.pipe(socket);

  interface Status {
    host: string;
    isWindowed: boolean;
    clients: number;
    sockets: number;
    counters: Record<string, number>;
  }
  async function status(): Promise<Status> {
    const client = connect(socketFile);
    client.write('status\n');
    let text = '';
    for await (const chunk of client) text += String(chunk);
    return JSON.parse(text) as Status;
  }

  const errnoOf = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'connected',
      (error: unknown) => {
        assert.ok(error instanceof EnvironmentError, String(error));
        return error.errno;
      },
    );

  it('says so at once when there is no host', async () => {
    assert.equal((await status()).host, 'unplugged');
    assert.equal(await errnoOf(open(443)), 'ENETDOWN');
  });

  it('says so after the deadline when nothing answers on the host, and asks it nothing later', async () => {
    cable.plug();
    await until('the host', 5, async () => (await status()).host === 'silent');
    const target = { address: '127.0.0.1', port: 443 };
    for (let i = 0; i < 3; i++) {
      const attempt = transport(400).connect(target, AbortSignal.timeout(60_000));
      assert.equal(await errnoOf(attempt), 'EHOSTDOWN');
    }
    assert.equal((await status()).sockets, 0);
    // The first request cannot be taken back, nor what closes it; the others were.
    assert.equal(cable.waiting(1), 1);
  });

  it('says so long before a long deadline, and waits for a server that is only slow', async () => {
    cable.plug();
    await until('the host', 5, async () => (await status()).host === 'silent');
    const target = { address: '127.0.0.1', port: 443 };
    const attempt = transport(60_000).connect(target, AbortSignal.timeout(5000));
    assert.equal(await errnoOf(attempt), 'EHOSTDOWN');
    await startHost();
    connectDelayMs = 1300;
    const stream = await open(await serve(echo));
    stream.destroy();
  }).timeout(10_000);

  it('keeps to the window of a host that comes while it starts', async () => {
    stop.abort();
    await daemon;
    const started = startDaemon();
    cable.plug();
    await startHost();
    await started;
    assert.equal((await status()).isWindowed, true);
    // Longer than it waits for a host that was there before.
    await sleep(100);
    assert.deepEqual(
      [(await status()).isWindowed, (await status()).host, sessions],
      [true, 'answering', 1],
    );
    const stream = await open(await serve(echo));
    stream.destroy();
  });

  for (const isWindowed of [true, false]) {
    describe(isWindowed ? 'with a window' : 'with a host of the C system', () => {
      beforeEach(async () => {
        cable.knowsWindows = isWindowed;
        cable.plug();
        await startHost();
        if (isWindowed) assert.equal((await status()).isWindowed, true);
      });

      it('carries much each way at once, unharmed', async () => {
        const sent = randomBytes(isWindowed ? 2_000_000 : 300_000);
        const stream = await open(await serve(echo));
        stream.end(sent);
        const parts: Buffer[] = [];
        for await (const chunk of stream) parts.push(chunk as Buffer);
        assert.equal(digest(Buffer.concat(parts)), digest(sent));
      });

      it('carries what a server says at once, and its end', async () => {
        const port = await serve((socket) => socket.end('hello'));
        let text = '';
        for await (const chunk of await open(port)) text += String(chunk);
        assert.equal(text, 'hello');
      });

      it('serves several clients at once, and one that is killed does not disturb the others', async () => {
        const port = await serve(echo);
        const [first, second] = await Promise.all([open(port), open(port)]);
        first.write('one');
        second.write('two');
        assert.equal(String((await once(first, 'data'))[0]), 'one');
        assert.equal(String((await once(second, 'data'))[0]), 'two');
        first.on('error', () => undefined);
        first.destroy();
        await until('its end at the server', 5, () => accepted.some((one) => one.readableEnded));
        second.write('three');
        assert.equal(String((await once(second, 'data'))[0]), 'three');
        second.destroy();
        await until('no socket', 5, async () => (await status()).sockets === 0);
        await until('no socket at the host', 5, () => hosts[0]!.session.socketCount === 0);
      });

      it('carries TLS as the tunnel uses it, with both certificates, and its end', async () => {
        const authority = createAuthority();
        const secure = tls.createServer(
          {
            ...authority.issueServer({ name: 'router.example' }),
            ca: authority.cert,
            requestCert: true,
          },
          (session) => session.end(`hello ${String(session.getPeerCertificate().subject.CN)}`),
        );
        servers.push(secure.listen(0, '127.0.0.1'));
        await once(secure, 'listening');
        const { cert, key } = authority.issueClient('fd00:8f80:1::1234');
        const session = await openTls(await open((secure.address() as AddressInfo).port), {
          context: tls.createSecureContext({ ca: authority.cert, cert, key }),
          roots: authority.cert,
          serverName: undefined,
          serverPins: [],
          signal: AbortSignal.timeout(60_000),
        });
        let text = '';
        for await (const chunk of session) text += String(chunk);
        assert.match(text, /^hello .*1234$/i);
        await until('no socket', 5, async () => (await status()).sockets === 0);
      });

      it('says when the server refuses', async () => {
        const port = await serve(echo);
        servers[0]!.close();
        assert.equal(await errnoOf(open(port)), 'ECONNREFUSED');
        await until('no socket at the host', 5, () => hosts[0]!.session.socketCount === 0);
      });

      it('ends every connection when the host goes, and serves the next', async () => {
        const port = await serve(echo);
        const stream = await open(port);
        stream.on('error', () => undefined);
        const closed = once(stream, 'close');
        cable.unplug();
        await closed;
        await hosts[0]!.close();
        assert.equal((await status()).host, 'unplugged');
        cable.plug();
        await startHost();
        const again = await open(port);
        again.write('back');
        assert.equal(String((await once(again, 'data'))[0]), 'back');
      });

      it('loses nothing of its own when the host goes amid a download, again and again', async () => {
        const bytes = 1_000_000;
        const flood = await serve((socket) => socket.end(randomBytes(bytes)));
        for (let round = 0; round < 3; round++) {
          const broken = await open(flood);
          broken.on('error', () => undefined);
          const closed = once(broken, 'close');
          await once(broken, 'readable');
          cable.unplug();
          broken.resume();
          await closed;
          await hosts.at(-1)!.close();
          cable.plug();
          await startHost();
        }
        const parts: Buffer[] = [];
        for await (const chunk of await open(flood)) parts.push(chunk as Buffer);
        assert.equal(Buffer.concat(parts).length, bytes);
      });

      it('takes no more from a client than its host acknowledges', async () => {
        acknowledges = false;
        const stream = await open(await serve(echo));
        stream.write(randomBytes(16_000_000));
        const most = isWindowed ? 256 * 1024 : 4096;
        await until('the window to be full', 5, async () => {
          return (await status()).counters.bytesOut! > most - 1500;
        });
        await sleep(50);
        assert.ok((await status()).counters.bytesOut! <= most);
        const taken = stream.bytesWritten - stream.writableLength;
        assert.ok(taken < 2_000_000, `${taken} bytes taken`);
        const other = await open(await serve(() => undefined));
        other.destroy();
        stream.on('error', () => undefined);
        stream.destroy();
      });

      it('does not wait for a client that reads nothing', async () => {
        const flood = await serve((socket) => socket.write(randomBytes(8_000_000)));
        const lazy = await open(flood);
        lazy.pause();
        if (!isWindowed) return;
        const stream = await open(await serve(echo));
        stream.write('quick');
        assert.equal(String((await once(stream, 'data'))[0]), 'quick');
      });
    });
  }

  it('is found again by its host after a restart of its own', async () => {
    cable.plug();
    await startHost();
    const port = await serve(echo);
    const before = await open(port);
    before.on('error', () => undefined);
    stop.abort();
    await daemon;
    hostClock = 1000; // what comes within half a second counts as from before
    await startDaemon();
    await until('the host', 5, async () => (await status()).host === 'silent');
    assert.equal((await status()).isWindowed, false);
    const stream = await open(port);
    assert.equal((await status()).isWindowed, true);
    stream.write('again');
    assert.equal(String((await once(stream, 'data'))[0]), 'again');
    assert.equal(hosts[0]!.session.socketCount, 1);
    assert.equal(sessions, 2);
  });

  it('notices a host program that was killed, and is found by the next', async () => {
    cable.plug();
    const host = await startHost();
    const port = await serve(echo);
    const before = await open(port);
    before.on('error', () => undefined);
    const closed = once(before, 'close');
    // As if it had been killed: it sends nothing, and reads nothing.
    await host.close();
    cable.deafen();
    const target = { address: '127.0.0.1', port };
    const attempt = transport(400).connect(target, AbortSignal.timeout(60_000));
    assert.equal(await errnoOf(attempt), 'EHOSTDOWN');
    await closed;
    const { host: presence, isWindowed } = await status();
    assert.deepEqual({ presence, isWindowed }, { presence: 'silent', isWindowed: false });
    await startHost();
    const stream = await open(port);
    stream.write('back');
    assert.equal(String((await once(stream, 'data'))[0]), 'back');
  });

  describe('to those who watch', () => {
    /** What psockd has said. */
    let words: string;
    let watchers: Socket[];
    const watch = async (): Promise<Socket> => {
      const client = connect(socketFile);
      watchers.push(client);
      client.on('error', () => undefined);
      client.on('data', (chunk) => (words += String(chunk)));
      client.write('watch\n');
      await once(client, 'data');
      return client;
    };
    beforeEach(() => {
      words = '';
      watchers = [];
    });
    afterEach(() => watchers.forEach((one) => one.destroy()));
    const said = (expected: string) => until(expected, 5, () => words === expected);

    it('says how the host is, and what happens to it', async () => {
      await watch();
      assert.equal(words, 'unplugged\n');
      cable.plug();
      await said('unplugged\nsilent\n');
      await startHost();
      await said('unplugged\nsilent\nanswering\n');
      cable.unplug();
      await said('unplugged\nsilent\nanswering\nunplugged\n');
    });

    it('reports that a host without windows answers, when it does', async () => {
      cable.knowsWindows = false;
      cable.plug();
      await startHost();
      await watch();
      assert.equal(words, 'silent\n');
      (await open(await serve(echo))).destroy();
      await said('silent\nanswering\n');
    });

    it('says it again when a host program takes the place of another', async () => {
      cable.plug();
      await startHost();
      await watch();
      assert.equal(words, 'answering\n');
      await startHost();
      await said('answering\nanswering\n');
    });

    it('forgets who has gone', async () => {
      const client = await watch();
      assert.equal((await status()).clients, 2); // and the one that asks
      client.destroy();
      await until('the watcher to be forgotten', 5, async () => (await status()).clients === 1);
      cable.plug();
      await until('the host', 5, async () => (await status()).host === 'silent');
    });

    it('is found again after a restart', async () => {
      let calls = 0;
      const watching = watchPsock({
        ...timing,
        socket: socketFile,
        onAnswering: () => calls++,
        onMoved: () => assert.fail('nothing has moved'),
        firstRetry: milliseconds(10),
      });
      try {
        cable.plug();
        await startHost();
        await until('the host to be noticed', 5, () => calls === 1);
        stop.abort();
        await daemon;
        hostClock = 1000; // what comes within half a second counts as from before
        await startDaemon();
        await until('psockd to be watched', 5, async () => (await status()).clients === 2);
        await until('the host', 5, async () => (await status()).host === 'silent');
        assert.equal(calls, 1);
        (await open(await serve(echo))).destroy();
        await until('the host to be noticed again', 5, () => calls >= 2);
      } finally {
        watching.stop();
      }
      const before = calls;
      await until('the watcher to be gone', 5, async () => (await status()).clients === 1);
      await startHost();
      await status();
      assert.equal(calls, before);
    });
  });

  it('notifies watching clients that the network of the host has changed', async () => {
    let calls = 0;
    let moves = 0;
    const watching = watchPsock({
      ...timing,
      socket: socketFile,
      onAnswering: () => calls++,
      onMoved: () => moves++,
    });
    const watcher = connect(socketFile);
    let heard = '';
    watcher.on('data', (text) => (heard += text.toString()));
    watcher.write('watch\n');
    try {
      cable.plug();
      const host = await startHost();
      await until('the host to be noticed', 5, () => calls === 1 && /answering/.test(heard));
      host.tellMoved();
      await until('the move to be noticed', 5, () => moves === 1 && heard.endsWith('moved\n'));
      assert.equal(calls, 1);
    } finally {
      watching.stop();
      watcher.destroy();
    }
  });

  it('does not give its places to clients that ask for the status and never close', async () => {
    const askers: Socket[] = [];
    try {
      for (let i = 0; i < 40; i++) {
        const asker = connect({ path: socketFile, allowHalfOpen: true });
        askers.push(asker);
        asker.write('status\n');
        const [text] = (await once(asker, 'data')) as [Buffer];
        assert.match(text.toString(), /"host":"unplugged"/);
      }
      await until('the places to be free', 5, async () => (await status()).clients === 1);
    } finally {
      for (const asker of askers) asker.destroy();
    }
  });

  it('refuses unknown control requests', async () => {
    cable.plug();
    cable.control(256, 0x99);
    assert.equal(cable.stalls, 1);
    await startHost();
    assert.equal((await status()).isWindowed, true);
  });

  const wrong: [name: string, line: string, errno: string][] = [
    ['an unknown word', 'hello', 'EINVAL'],
    ['a name', 'connect localhost 443 1000', 'EINVAL'],
    ['a port of 0', 'connect 127.0.0.1 0 1000', 'EINVAL'],
    ['no deadline', 'connect 127.0.0.1 443', 'EINVAL'],
    ['more than it asks for', 'watch me', 'EINVAL'],
    ['a zone', 'connect fe80::1%eth0 443 1000', 'EINVAL'],
    ['a line without end', 'x'.repeat(200), 'EPROTO'],
  ];
  for (const [name, line, errno] of wrong) {
    it(`refuses ${name}`, async () => {
      const client = connect(socketFile);
      client.write(errno === 'EPROTO' ? line : `${line}\n`);
      let text = '';
      for await (const chunk of client) text += String(chunk);
      assert.equal(text, `error ${errno}\n`);
    });
  }
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
