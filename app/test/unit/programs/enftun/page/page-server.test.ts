import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import fc from 'fast-check';
import {
  createPageServer,
  maxConnections,
} from '../../../../../src/programs/enftun/page/page-server.ts';
import { status } from '../../../status/status-fixture.ts';

describe('the web server of the page', () => {
  let server: Server | undefined;
  let counts: number[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.closeAllConnections();
    server?.close();
  });

  async function open(longestConnectionMs = 10_000, known = Promise.resolve()): Promise<void> {
    counts = [];
    server = createPageServer({
      readStatus: () => known.then(() => status()),
      onConnections: (count) => counts.push(count),
      longestConnectionMs,
    }).listen(0, '::1');
    await once(server, 'listening');
  }

  function dial(): Socket {
    // Loopback; an address of a server that listens on a port is an AddressInfo.
    const { port } = server!.address() as AddressInfo;
    const socket = connect(port, '::1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  /** All that comes back until the server closes. */
  async function exchange(text: string | Uint8Array): Promise<string> {
    const socket = dial();
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.write(text);
    await closed(socket);
    return answer;
  }

  const request = 'GET / HTTP/1.1\r\nHost: [fe80::1]\r\n';

  it('answers and closes, whatever the client would like to keep', async () => {
    await open();
    const answer = await exchange(`${request}Connection: keep-alive\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /\r\nConnection: close\r\n/);
    assert.match(answer, /Connected to the ENF[\s\S]*<\/html>\n$/);
    assert.doesNotMatch(answer, /\r\nServer:|X-Powered-By/i);
  });

  it('answers HEAD with the headers alone', async () => {
    await open();
    const answer = await exchange('HEAD / HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /Content-Length: [1-9]\d+\r\n/);
    assert.ok(answer.endsWith('\r\n\r\n'));
  });

  it('answers a client that has closed its side', async () => {
    let tell = (): void => undefined;
    await open(10_000, new Promise((resolve) => (tell = resolve)));
    // The status comes after the end of the request: the server has had its chance to give up.
    server!.on('connection', (served: Socket) => served.once('end', () => setImmediate(tell)));
    const socket = dial();
    socket.allowHalfOpen = true;
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.end(`${request}\r\n`);
    await closed(socket);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*<\/html>\n$/);
  });

  for (const expectation of ['100-continue', 'something-else']) {
    it(`answers one that expects ${expectation} at once, without asking for a body`, async () => {
      await open();
      const answer = await exchange(
        `${request}Expect: ${expectation}\r\nContent-Length: 5\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    });
  }

  it('is read by an ordinary client', async () => {
    await open();
    const { port } = server!.address() as AddressInfo;
    const headers = { Host: '[fe80::1]' };
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '::1', port, path: '/status.json', headers }, resolve).once('error', reject);
    });
    let text = '';
    for await (const chunk of reply) text += String(chunk);
    assert.deepEqual(JSON.parse(text), status());
  });

  const refused: [name: string, text: string, status: number][] = [
    ['a header of more than 4 KiB', `${request}X: ${'x'.repeat(5000)}\r\n\r\n`, 431],
    ['a target of more than 4 KiB', `GET /${'x'.repeat(5000)} HTTP/1.1\r\n\r\n`, 431],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a name as Host', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 421],
    ['two Host lines', `${request}Host: [fe80::1]\r\n\r\n`, 400],
    ['an Origin of another site', `${request}Origin: http://evil.example\r\n\r\n`, 403],
    ['a Referer of another site', `${request}Referer: http://evil.example/x\r\n\r\n`, 403],
    ['Sec-Fetch-Site of another site', `${request}Sec-Fetch-Site: cross-site\r\n\r\n`, 403],
    ['two contradicting lengths', `${request}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
    [
      'a length and chunks (request smuggling)',
      `${request}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'a body that never comes',
      `POST / HTTP/1.1\r\nHost: [fe80::1]\r\nContent-Length: 9\r\n\r\n`,
      405,
    ],
  ];
  for (const [name, text, code] of refused) {
    it(`refuses ${name} with ${code}`, async () => {
      await open();
      assert.match(await exchange(text), new RegExp(`^HTTP/1\\.1 ${code} `));
    });
  }

  it('does not become a proxy', async () => {
    await open();
    assert.equal(await exchange('CONNECT [::1]:22 HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n'), '');
  });

  it('holds no more connections than it may, and is there again afterwards', async () => {
    await open();
    const idle = Array.from({ length: maxConnections }, dial);
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    assert.equal(await exchange(`${request}\r\n`), '');
    assert.equal(Math.max(...counts), maxConnections);
    for (const socket of idle) socket.destroy();
    while (counts.at(-1) !== 0) await new Promise((resolve) => setImmediate(resolve));
    assert.match(await exchange(`${request}\r\n`), /^HTTP\/1\.1 200/);
  });

  it('ends a connection that sends byte after byte when its time is over', async () => {
    await open(150);
    const socket = dial();
    socket.resume();
    await once(socket, 'connect');
    const start = performance.now();
    const drip = setInterval(() => socket.write('G'), 10);
    await closed(socket);
    clearInterval(drip);
    // Node.js itself would wait for a minute.
    assert.ok(performance.now() - start < 30_000);
  });

  it('survives whatever is sent', async () => {
    await open(300);
    const line = fc.constantFrom(
      'GET / HTTP/1.1',
      'POST /status.json HTTP/1.0',
      'Host: [fe80::1]',
      'Transfer-Encoding: chunked',
      'Content-Length: 3',
      'Upgrade: h2c',
      'Connection: upgrade',
      'Expect: 100-continue',
      '',
      '0',
      'fff;x=y',
      'PRI * HTTP/2.0',
    );
    const lines = fc
      .array(line, { maxLength: 8 })
      .map((texts) => Buffer.from(`${texts.join('\r\n')}\r\n\r\n`));
    const bytes = fc.oneof(
      lines,
      fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (input) => {
        const socket = dial();
        socket.resume();
        socket.end(input);
        await closed(socket);
      }),
      { numRuns: 100 },
    );
    assert.match(await exchange(`${request}\r\n`), /^HTTP\/1\.1 200/);
  });
});

/** Also after a reset, at which `once` would reject. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
