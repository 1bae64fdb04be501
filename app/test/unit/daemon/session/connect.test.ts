/** Real TLS over the loopback interface. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Identity } from '../../../../src/identity/identity.ts';
import { createAuthority, type Credential } from '../../../../src/dev/pki/authority.ts';
import type { Config } from '../../../../src/config/config.ts';
import { connectToServer, type ConnectOptions } from '../../../../src/daemon/session/connect.ts';
import { NativeTls, NodeTls } from '../../../../src/daemon/session/handshake.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';
import { AddressMemory } from '../../../../src/uplink/search/address-memory.ts';
import type { Transport } from '../../../../src/uplink/transport.ts';
import { UplinkError } from '../../../../src/uplink/uplink-error.ts';
import { ownAddress } from '../../router/packets.ts';
import { serverHosts } from '../../uplink/server-hosts.ts';

const authority = createAuthority();
const client = authority.issueClient('fd00:8f80:1::1234');
const identity: Identity = {
  ca: authority.cert,
  roots: [],
  ...client,
  address: ownAddress,
  addressText: 'fd00:8f80:1::1234',
  notBefore: new Date(0),
  notAfter: new Date(0),
};
const begins = new Date('2090-01-01T00:00:00Z');

const node = new NodeTls();
for (const client of [node, new NativeTls(node)]) {
  describe(`connect with ${client.constructor.name}`, () => {
    const servers: tls.Server[] = [];
    const sockets: net.Socket[] = [];
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
      for (const server of servers.splice(0)) server.close();
    });

    async function listen(credential: Credential): Promise<number> {
      const server = tls.createServer({ ...credential, ca: authority.cert, requestCert: true });
      servers.push(server);
      server.on('connection', (socket: net.Socket) =>
        sockets.push(socket.on('error', () => undefined)),
      );
      server.on('tlsClientError', () => undefined);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as net.AddressInfo).port;
    }

    function loopback(name: string, problem?: string): Transport {
      return {
        name,
        mostAtOnce: 4,
        unavailable: () => problem,
        resolve: ({ text }) => Promise.resolve([text]),
        connect: async ({ address, port }) => {
          const stream = net.connect(port, address);
          sockets.push(stream);
          await once(stream, 'connect');
          return { stream, localAddress: stream.localAddress };
        },
        localAddressTowards: () => undefined,
        networkChanged: () => undefined,
      };
    }

    function options(port: number, parts: Partial<ConnectOptions> = {}): ConnectOptions {
      const remote = {
        hosts: serverHosts('127.0.0.1'),
        port,
        serverName: undefined,
        serverPins: [],
      };
      return {
        // Only these are looked at.
        remote: remote as unknown as Config['remote'],
        identity,
        transports: [loopback('psock', 'no host'), loopback('tcp')],
        machine: { hasAes: true, hasPostQuantum: false },
        tls: client,
        clock: { isKept: () => true, isAtLeast: () => assert.fail('the clock is right') },
        timing: systemClock,
        memory: new AddressMemory(),
        signal: new AbortController().signal,
        ...parts,
      };
    }

    const connect = (setting: ConnectOptions) => connectToServer(setting).connection;

    it('says how it got there', async () => {
      const port = await listen(authority.issueServer());
      const connection = await connect(options(port));
      const { stream, ...facts } = connection;
      assert.deepEqual(facts, {
        host: '127.0.0.1',
        address: '127.0.0.1',
        port,
        cipher: facts.cipher,
        transport: 'tcp',
        rank: 1,
        localAddress: '127.0.0.1',
      });
      assert.match(facts.cipher, /^TLSv1\.3, TLS_/);
      assert.equal(stream.hasMoved(), false);
      stream.close();
    });

    it('tries only better transports on request', async () => {
      const port = await listen(authority.issueServer());
      await assert.rejects(connect(options(port, { below: 1 })), /psock: no host/);
    });

    describe('with a certificate that has not begun', () => {
      const future = authority.issueServer({ validity: { notBefore: begins } });

      it('refuses the server where the clock is synchronized', async () => {
        await assert.rejects(connect(options(await listen(future))), (error) => {
          assert.ok(error instanceof UplinkError);
          assert.equal(error.failure, 'server-untrusted');
          assert.match(error.message, /not valid yet/);
          return true;
        });
      });

      it('accepts it, and learns the time, where it is not', async () => {
        const learned: Date[] = [];
        const clock = { isKept: () => false, isAtLeast: (date: Date) => void learned.push(date) };
        const { stream } = await connect(options(await listen(future), { clock }));
        assert.deepEqual(learned, [begins]);
        stream.close();
      });

      it('refuses a stranger all the same', async () => {
        const stranger = createAuthority().issueServer({ validity: { notBefore: begins } });
        const clock = { isKept: () => false, isAtLeast: () => assert.fail('accepted a stranger') };
        await assert.rejects(
          connect(options(await listen(stranger), { clock })),
          /remote\.ca_cert_file/,
        );
      });
    });
  });
}
