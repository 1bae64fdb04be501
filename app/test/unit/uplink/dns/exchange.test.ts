/** Over the loopback interface, against servers that answer well and against others. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as net from 'node:net';
import { decode, encode } from 'dns-packet';
import { TuntapError } from 'tuntap2';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { milliseconds, seconds } from '../../../../src/core/time.ts';
import { exchange, type Exchange } from '../../../../src/uplink/dns/exchange.ts';
import type { Answer } from '../../../../src/uplink/dns/message.ts';

const server = '127.0.0.1';
const expected: Answer = { kind: 'addresses', addresses: ['192.0.2.7'], ttl: seconds(60) };

function answerTo(
  question: Uint8Array,
  { id, address = '192.0.2.7' }: { id?: number; address?: string } = {},
): Buffer {
  const packet = decode(Buffer.from(question));
  return encode({
    type: 'response',
    id: id ?? packet.id!,
    flags: 0x0180,
    questions: packet.questions!,
    answers: [{ type: 'A', name: packet.questions![0]!.name, data: address, ttl: 60 }],
  });
}

function ask(parts: Partial<Exchange> = {}): Exchange {
  return {
    server,
    protocol: 'udp',
    question: { id: 7, name: 'enf.example', type: 'A' },
    deadline: seconds(50),
    signal: new AbortController().signal,
    ...parts,
  };
}

describe('DNS exchange', () => {
  const open: { close(): unknown }[] = [];
  const peers: net.Socket[] = [];
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.destroy();
    for (const listener of open.splice(0)) listener.close();
  });

  async function udpServer(
    onQuestion: (reply: (bytes: Uint8Array) => void, question: Buffer, port: number) => void,
  ): Promise<number> {
    const socket = createSocket('udp4');
    open.push(socket);
    socket.on('message', (question, from) =>
      onQuestion((bytes) => socket.send(bytes, from.port, from.address), question, from.port),
    );
    socket.bind(0, server);
    await once(socket, 'listening');
    return socket.address().port;
  }

  async function tcpServer(onPeer: (peer: net.Socket) => void): Promise<number> {
    const listener = net.createServer((peer) => {
      peers.push(peer.on('error', () => undefined));
      onPeer(peer);
    });
    open.push(listener);
    await once(listener.listen(0, server), 'listening');
    return (listener.address() as net.AddressInfo).port;
  }

  const framed = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);

  async function problem(attempt: Promise<Answer>): Promise<string> {
    const error: unknown = await attempt.then(
      (answer) => answer,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof EnvironmentError || error instanceof TuntapError, String(error));
    return `${error.errno}: ${error.message}`;
  }

  it('asks over UDP', async () => {
    const port = await udpServer((reply, question) => reply(answerTo(question)));
    assert.deepEqual(await exchange(ask(), { mark: 0, port }), expected);
  });

  it('passes over answers to other questions, and over noise', async () => {
    const port = await udpServer((reply, question) => {
      reply(answerTo(question, { id: 8 }));
      reply(Buffer.from('noise'));
      reply(answerTo(question));
    });
    assert.deepEqual(await exchange(ask(), { mark: 0, port }), expected);
  });

  it('ignores another sender, though it has everything but the address', async () => {
    const stranger = createSocket('udp4');
    open.push(stranger);
    const port = await udpServer((reply, question, client) => {
      // The server answers when the forged answer is there already.
      stranger.send(answerTo(question, { address: '198.51.100.66' }), client, server, () =>
        reply(answerTo(question)),
      );
    });
    assert.deepEqual(await exchange(ask(), { mark: 0, port }), expected);
  });

  it('asks over TCP, whatever pieces the answer comes in', async () => {
    const port = await tcpServer((peer) => {
      peer.once('data', (bytes: Buffer) => {
        const answer = framed(answerTo(bytes.subarray(2)));
        peer.setNoDelay(true);
        for (const byte of answer) peer.write(Buffer.of(byte));
      });
    });
    assert.deepEqual(await exchange(ask({ protocol: 'tcp' }), { mark: 0, port }), expected);
  });

  for (const [name, onPeer, words] of [
    ['closes at once', (peer: net.Socket) => peer.end(), /ECONNRESET.*closed the connection/],
    [
      'answers something else',
      (peer: net.Socket) => peer.write(framed(Buffer.from('something'))),
      /EBADMSG.*is not valid/,
    ],
    ['answers half', (peer: net.Socket) => peer.end(Buffer.of(0, 200, 1, 2)), /ECONNRESET/],
  ] as const) {
    it(`names a TCP server that ${name}`, async () => {
      const port = await tcpServer((peer) => peer.once('data', () => void onPeer(peer)));
      assert.match(await problem(exchange(ask({ protocol: 'tcp' }), { mark: 0, port })), words);
    });
  }

  for (const protocol of ['udp', 'tcp'] as const) {
    it(`names a server that is not there, over ${protocol}`, async () => {
      const port = await tcpServer(() => undefined);
      (open.pop() as net.Server).close();
      const attempt = exchange(ask({ protocol }), { mark: 0, port });
      assert.match(await problem(attempt), /^ECONNREFUSED: .*127\.0\.0\.1/);
    });

    it(`waits no longer than its deadline, over ${protocol}`, async () => {
      const silent = protocol === 'udp' ? udpServer(() => undefined) : tcpServer(() => undefined);
      const attempt = exchange(ask({ protocol, deadline: milliseconds(50) }), {
        mark: 0,
        port: await silent,
      });
      assert.match(await problem(attempt), /ETIMEDOUT.*no answer within 0\.05 s/);
    });
  }

  it('can be called off', async () => {
    const port = await udpServer(() => undefined);
    const stop = new AbortController();
    const attempt = exchange(ask({ signal: stop.signal }), { mark: 0, port });
    setImmediate(() => stop.abort());
    await assert.rejects(attempt, { name: 'AbortError' });
  });
});
