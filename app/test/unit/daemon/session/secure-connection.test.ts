/** Real TLS over the loopback interface, with servers and boxes on the way that do not take everything. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { milliseconds } from '../../../../src/core/time.ts';
import type { Identity } from '../../../../src/identity/identity.ts';
import { knowsGroup } from '../../../../src/identity/tls-context.ts';
import { createAuthority, type Credential } from '../../../../src/dev/pki/authority.ts';
import { NativeTls, NodeTls } from '../../../../src/daemon/session/handshake.ts';
import {
  secureConnection,
  type SecureOptions,
} from '../../../../src/daemon/session/secure-connection.ts';
import { maxHellos, postQuantumGroups } from '../../../../src/uplink/hello-offers.ts';
import type { TransportStream } from '../../../../src/uplink/transport.ts';
import { UplinkError } from '../../../../src/uplink/uplink-error.ts';
import { ownAddress } from '../../router/packets.ts';

const authority = createAuthority();
const identity: Identity = {
  ca: authority.cert,
  roots: [],
  ...authority.issueClient('fd00:8f80:1::1234'),
  address: ownAddress,
  addressText: 'fd00:8f80:1::1234',
  notBefore: new Date(0),
  notAfter: new Date(0),
};
const slow = { hasAes: false, hasPostQuantum: false };

const node = new NodeTls();
for (const client of [node, new NativeTls(node)]) {
  describe(`secure connection with ${client.constructor.name}`, () => {
    const servers: net.Server[] = [];
    const sockets: net.Socket[] = [];
    let connections: number;
    beforeEach(() => (connections = 0));
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
      for (const server of servers.splice(0)) server.close();
    });

    async function listen(server: net.Server): Promise<number> {
      servers.push(server);
      server.on('connection', (socket: net.Socket) => {
        sockets.push(socket.on('error', () => undefined));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as net.AddressInfo).port;
    }

    function tlsServer(options: tls.TlsOptions, credential?: Credential): Promise<number> {
      const own = credential ?? authority.issueServer({ name: 'router.example' });
      const server = tls.createServer({
        ...own,
        ca: authority.cert,
        requestCert: true,
        ...options,
      });
      return listen(server.on('tlsClientError', () => undefined));
    }

    /** A box on the way to a server. */
    async function behind(
      port: number,
      isTaken: (hello: Buffer) => boolean,
      refuse: (socket: net.Socket) => void,
    ): Promise<number> {
      return listen(
        net.createServer((socket) => {
          socket.once('data', (hello) => {
            if (!isTaken(hello)) return refuse(socket);
            const onward = net.connect(port, '127.0.0.1');
            sockets.push(onward.on('error', () => undefined));
            onward.write(hello);
            socket.pipe(onward).pipe(socket);
          });
        }),
      );
    }

    async function connect(port: number): Promise<TransportStream> {
      connections++;
      const stream = net.connect(port, '127.0.0.1');
      sockets.push(stream.on('error', () => undefined));
      await once(stream, 'connect');
      return { stream, localAddress: stream.localAddress };
    }

    async function secure(port: number, parts: Partial<SecureOptions> = {}) {
      const secured = await secureConnection(await connect(port), {
        remote: { serverName: undefined, serverPins: [] },
        identity,
        clock: { isKept: () => true, isAtLeast: () => assert.fail('the clock is right') },
        machine: slow,
        tls: client,
        connectAgain: () => connect(port),
        signal: new AbortController().signal,
        ...parts,
      });
      const { stream, without } = secured;
      stream.close();
      return { cipher: stream.agreed, without };
    }

    for (const [version, cipher] of [
      ['TLSv1.3', 'TLSv1.3, TLS_CHACHA20_POLY1305_SHA256'],
      ['TLSv1.2', 'TLSv1.2, ECDHE-ECDSA-CHACHA20-POLY1305'],
    ] as const) {
      it(`gets ChaCha20 without AES instructions, ${version}, from a server with another order`, async () => {
        const port = await tlsServer({ maxVersion: version, honorCipherOrder: true });
        assert.deepEqual(await secure(port), { cipher, without: '' });
        assert.equal(connections, 1);
      });
    }

    for (const [version, ciphers, cipher] of [
      ['TLSv1.3', 'TLS_AES_128_GCM_SHA256', 'TLSv1.3, TLS_AES_128_GCM_SHA256'],
      ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2, ECDHE-ECDSA-AES128-GCM-SHA256'],
    ] as const) {
      it(`offers all ciphers to a server that does not take ChaCha20, ${version}`, async () => {
        const port = await tlsServer({ maxVersion: version, ciphers });
        assert.deepEqual(await secure(port), { cipher, without: 'with all ciphers' });
        assert.equal(connections, 2);
      });
    }

    it('takes a certificate that has not begun from a server that does not take ChaCha20', async () => {
      const begins = new Date('2090-01-01T00:00:00Z');
      const future = authority.issueServer({ validity: { notBefore: begins } });
      const port = await tlsServer(
        { ciphers: 'TLS_AES_128_GCM_SHA256', maxVersion: 'TLSv1.3' },
        future,
      );
      const learned: Date[] = [];
      const clock = { isKept: () => false, isAtLeast: (date: Date) => void learned.push(date) };
      assert.equal((await secure(port, { clock })).without, 'with all ciphers');
      assert.deepEqual(learned, [begins]);
      assert.equal(connections, client.judgesExactly ? 2 : 3);
    });

    it('gives up after a few connections, and says what it tried', async () => {
      const server = net.createServer((socket) => socket.once('data', () => socket.destroy()));
      await assert.rejects(secure(await listen(server)), (error) => {
        assert.ok(error instanceof UplinkError);
        assert.equal(error.failure, 'handshake-failed');
        assert.match(error.message, /\(ECONNRESET\); tried with all ciphers too$/);
        return true;
      });
      assert.equal(connections, 2);
    });

    it('does not try again for a server that is not trusted', async () => {
      const port = await tlsServer({}, createAuthority().issueServer());
      await assert.rejects(secure(port), /remote\.ca_cert_file/);
      assert.equal(connections, 1);
    });

    it('owns the stream, also where the library does not use the identity', async () => {
      const broken = { ...identity, cert: 'no certificate' };
      await assert.rejects(secure(await tlsServer({}), { identity: broken }), /cannot be used/);
      const ours = sockets.filter((socket) => !('server' in socket && socket.server));
      assert.ok(ours.length > 0 && ours.every((socket) => socket.destroyed));
    });

    describe('with a post-quantum key exchange (OpenSSL 3.5 has it; make test-packages runs these with it)', () => {
      const machine = { hasAes: true, hasPostQuantum: true };
      const isOneSegment = (hello: Buffer): boolean => hello.length < 1200;
      before(function () {
        if (!knowsGroup(postQuantumGroups)) this.skip();
      });

      it('offers it, and takes a server without it', async () => {
        const sizes: number[] = [];
        const port = await tlsServer({ ecdhCurve: 'X25519' });
        const box = await behind(
          port,
          (hello) => sizes.push(hello.length) > 0,
          () => undefined,
        );
        assert.equal((await secure(box, { machine })).without, '');
        assert.ok(sizes[0]! > 1200, `a hello of ${sizes[0]} bytes`);
      });

      it('comes through a box that resets what is longer than a segment', async () => {
        const box = await behind(await tlsServer({}), isOneSegment, (socket) =>
          socket.resetAndDestroy(),
        );
        assert.equal(
          (await secure(box, { machine })).without,
          'without the post-quantum key share',
        );
        assert.equal(connections, 2);
      });

      it('comes through a box that swallows what is longer than a segment', async function () {
        // Less than the deadline of a last handshake.
        this.timeout(10_000);
        const box = await behind(await tlsServer({}), isOneSegment, () => undefined);
        const earlyDeadline = milliseconds(200);
        const { without } = await secure(box, { machine, earlyDeadline });
        assert.equal(without, 'without the post-quantum key share');
        assert.equal(connections, 2);
      });

      it('gives up one thing after the other', async () => {
        const server = net.createServer((socket) => socket.once('data', () => socket.destroy()));
        const everything = { hasAes: false, hasPostQuantum: true };
        await assert.rejects(
          secure(await listen(server), { machine: everything }),
          /tried without the post-quantum key share and with all ciphers too$/,
        );
        assert.equal(connections, maxHellos);
      });
    });
  });
}
