/** Over streams to a server of this process, in place of sockets of a host. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { decode, encode } from 'dns-packet';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { instant } from '../../../../src/core/time.ts';
import { BorrowedNames } from '../../../../src/uplink/dns/borrowed-names.ts';
import { parseAddressLiteral } from '../../../../src/uplink/address-literal.ts';

const name = 'enf.example';
const { signal } = new AbortController();

describe('names over borrowed sockets', () => {
  let listener: net.Server;
  let peers: net.Socket[];
  /** Of DNS. */
  let address: string;
  let rcode: number;
  let asked: string[];
  beforeEach(async () => {
    address = '192.0.2.7';
    rcode = 0;
    asked = [];
    peers = [];
    listener = net.createServer((peer) => {
      peers.push(peer.on('error', () => undefined));
      peer.once('data', (bytes: Buffer) => {
        const { id = 0, questions = [] } = decode(bytes.subarray(2));
        const [question] = questions;
        asked.push(`${question?.type} ${question?.name}`);
        const isA = question?.type === 'A' && rcode === 0;
        const message = encode({
          type: 'response',
          id,
          flags: 0x0180 | rcode,
          questions,
          answers: isA ? [{ type: 'A', name, data: address, ttl: 60 }] : [],
        });
        // In two pieces, as a stream may bring it.
        const framed = Buffer.concat([
          Buffer.of(message.length >> 8, message.length & 0xff),
          message,
        ]);
        peer.write(framed.subarray(0, 1));
        setImmediate(() => peer.end(framed.subarray(1)));
      });
    });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    for (const peer of peers) peer.destroy();
    listener.close();
  });

  let isHostThere = true;
  let time: number;
  beforeEach(() => {
    isHostThere = true;
    time = 0;
  });

  async function connect(): Promise<Duplex> {
    if (!isHostThere) {
      const problem = 'cannot connect over psock: does psock-host run there?';
      throw new EnvironmentError(problem, { errno: 'EHOSTDOWN', syscall: 'connect' });
    }
    const socket = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  const make = (servers: readonly string[] = ['9.9.9.9'], remembered: readonly string[] = []) =>
    new BorrowedNames({
      transport: 'psock',
      servers: servers.map((server) => parseAddressLiteral(server)!),
      knownAddresses: (wanted) => (wanted === 'known.example' ? ['192.0.2.8'] : []),
      lastKnown: (wanted) => (wanted === name ? remembered : []),
      now: () => instant(time),
      connect,
    });

  async function problem(attempt: Promise<unknown>): Promise<string> {
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    assert.ok(error instanceof EnvironmentError, String(error));
    return `${error.errno}: ${error.message}`;
  }

  it('are asked by TCP, both families, once for as long as the answer says', async () => {
    const names = make();
    assert.deepEqual(await names.resolve(name, signal), ['192.0.2.7']);
    assert.deepEqual(asked.sort(), [`A ${name}`, `AAAA ${name}`]);
    time += 59_000;
    assert.deepEqual(await names.resolve(name, signal), ['192.0.2.7']);
    assert.equal(asked.length, 2);
    time += 2000;
    await names.resolve(name, signal);
    assert.equal(asked.length, 4);
  });

  it('are as another transport last had them, when there is no answer or no server to ask', async () => {
    isHostThere = false;
    assert.deepEqual(await make(['9.9.9.9'], ['192.0.2.9']).resolve(name, signal), ['192.0.2.9']);
    isHostThere = true;
    assert.deepEqual(await make([], ['192.0.2.9']).resolve(name, signal), ['192.0.2.9']);
    rcode = 2; // SERVFAIL
    assert.deepEqual(await make(['9.9.9.9'], ['192.0.2.9']).resolve(name, signal), ['192.0.2.9']);
  });

  it('are asked for again before that', async () => {
    assert.deepEqual(await make(['9.9.9.9'], ['192.0.2.9']).resolve(name, signal), ['192.0.2.7']);
  });

  it('are as the hosts file has them before anything is asked', async () => {
    assert.deepEqual(await make().resolve('known.example', signal), ['192.0.2.8']);
    assert.deepEqual(asked, []);
  });

  it('are none when DNS says so, whatever was before', async () => {
    rcode = 3; // NXDOMAIN
    const attempt = make(['9.9.9.9'], ['192.0.2.9']).resolve(name, signal);
    assert.match(await problem(attempt), /^ENOTFOUND: enf\.example: DNS has no such name/);
  });

  it('need a server of the configuration, and say so', async () => {
    assert.match(
      await problem(make([]).resolve(name, signal)),
      /^ENODATA: enf\.example: names need remote\.dns_servers over psock; .* an address into remote\.hosts$/,
    );
  });

  it('fail with what is wrong with the sockets', async () => {
    isHostThere = false;
    assert.match(
      await problem(make().resolve(name, signal)),
      /^EHOSTDOWN: enf\.example: .*does psock-host run there\?.* an address into remote\.hosts$/,
    );
  });

  it('are given up on request', async () => {
    const gone = AbortSignal.abort(new RangeError('stopped'));
    await assert.rejects(make(['9.9.9.9'], ['192.0.2.9']).resolve(name, gone), RangeError);
  });
});
