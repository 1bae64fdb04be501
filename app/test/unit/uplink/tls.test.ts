/** What only `node:tls` has; the rest is in `../daemon/session/handshake.test.ts`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { createAuthority } from '../../../src/dev/pki/authority.ts';
import { createTlsContext, plainHello } from '../../../src/identity/tls-context.ts';
import { watchCloseNotify } from '../../../src/uplink/close-notify.ts';
import { isAlertCode } from '../../../src/uplink/tls-failure.ts';
import { agreedOn, openTls, type TlsOptions } from '../../../src/uplink/tls.ts';
import { UplinkError, type UplinkFailure } from '../../../src/uplink/uplink-error.ts';
import { opensslCredential } from '../identity/openssl-credential.ts';
import { authority, client, Loopback, server, tlsServer } from './tls-servers.ts';

const stranger = createAuthority().issueServer({ name: 'router.example' });

describe('TLS uplink', () => {
  let loopback: Loopback;
  beforeEach(() => (loopback = new Loopback()));
  afterEach(() => loopback.close());

  const connectTo = (listener: net.Server): Promise<net.Socket> => loopback.connectTo(listener);

  function options(parts: Partial<TlsOptions> = {}): TlsOptions {
    return {
      context: createTlsContext({ ca: authority.cert, ...client }, plainHello),
      roots: authority.cert,
      serverName: undefined,
      serverPins: [],
      signal: new AbortController().signal,
      ...parts,
    };
  }

  async function assertFails(
    socket: net.Socket,
    parts: Partial<TlsOptions>,
    failure: UplinkFailure,
    words: RegExp,
  ): Promise<void> {
    await assert.rejects(openTls(socket, options(parts)), (error) => {
      assert.ok(error instanceof UplinkError);
      assert.match(error.message, words);
      assert.equal(error.failure, failure);
      return true;
    });
    assert.equal(socket.destroyed, true);
  }

  it('reports version and cipher, also of a session that has just ended', async () => {
    const secured = await openTls(await connectTo(tlsServer(server)), options());
    assert.match(agreedOn(secured), /^TLSv1\.3, TLS_\w+$/);
    secured.destroy();
    assert.equal(agreedOn(secured), 'TLS, ended');
  });

  it('refuses a server of another authority, whatever the environment says', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const socket = await connectTo(tlsServer(stranger));
      await assertFails(socket, {}, 'server-untrusted', /ca_cert_file.*captive portal/);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('fails at once when the connection is closed by this end during the handshake', async () => {
    const silent = net.createServer((socket) => socket.resume());
    const socket = await connectTo(silent);
    const failed = assertFails(socket, {}, 'handshake-failed', /closed/);
    socket.destroy();
    await failed;
  });

  it('offers no signatures with keys on curves that NIST has no name for', async () => {
    const curve = opensslCredential({ key: 'EC:brainpoolP256r1' }, authority);
    const socket = await connectTo(tlsServer(curve));
    await assertFails(socket, {}, 'handshake-failed', /none of the keys and ciphers/);
  });

  it('does not have Node.js describe the chain of a server', async () => {
    const prototype = tls.TLSSocket.prototype as { getPeerCertificate: unknown };
    const before = prototype.getPeerCertificate;
    prototype.getPeerCertificate = () => assert.fail('asked for a description');
    try {
      const secured = await openTls(await connectTo(tlsServer(server)), options());
      secured.destroy();
    } finally {
      prototype.getPeerCertificate = before;
    }
  });

  it('takes what the library throws for a failure of the connection', async () => {
    const { connect } = tls;
    const thrown = Object.assign(new Error('x'.repeat(9999)), { code: 'ERR_SSL_SOMETHING' });
    // The library's own module object, as CommonJS sees it; imports of it follow after a sync.
    const library = createRequire(import.meta.url)('node:tls') as { connect: unknown };
    library.connect = () => {
      throw thrown;
    };
    syncBuiltinESMExports();
    try {
      const socket = await connectTo(tlsServer(server));
      await assertFails(
        socket,
        {},
        'handshake-failed',
        /^the TLS handshake failed \(ERR_SSL_SOMETHING\)$/,
      );
    } finally {
      library.connect = connect;
      syncBuiltinESMExports();
    }
  });

  describe('the end of a session before its first byte', () => {
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      for (const [name, act, isOrderly] of [
        ['a close_notify', (peer: tls.TLSSocket) => void peer.end(), true],
        ['a cut connection', (_: tls.TLSSocket, below: net.Socket) => void below.end(), false],
      ] as const) {
        it(`${name} is distinguished from the other, ${version}`, async () => {
          const listener = tlsServer(server, { maxVersion: version });
          const socket = await connectTo(listener);
          const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
          const secured = await openTls(socket, options());
          const isClosedByServer = watchCloseNotify(secured, socket);
          const [peer] = await accepted;
          // Behind the session tickets, which go out with the handshake's end.
          await once(peer.resume(), 'session', { signal: AbortSignal.timeout(50) }).catch(
            () => undefined,
          );
          assert.equal(isClosedByServer(), false, 'nothing has ended yet');
          act(peer, loopback.accepted);
          await once(secured.resume(), 'end');
          assert.equal(isClosedByServer(), isOrderly);
          secured.destroy();
        });
      }
    }

    it('is unknown over a stream that does not count', async () => {
      const listener = tlsServer(server);
      const below = await connectTo(listener);
      const uncounted = Duplex.from({ readable: below, writable: below });
      const secured = await openTls(uncounted, options());
      assert.equal(watchCloseNotify(secured, uncounted)(), false);
      secured.destroy();
    });
  });

  it('shows a refusal after the handshake as an alert', async () => {
    const listener = tlsServer(server, { rejectUnauthorized: true });
    // A client without a certificate: the one case in which a Node.js server sends an alert and not just closes.
    const context = tls.createSecureContext({ ca: authority.cert });
    const secured = await openTls(await connectTo(listener), options({ context }));
    const [error] = (await once(secured.resume(), 'error')) as [NodeJS.ErrnoException];
    assert.equal(isAlertCode(error.code), true, error.code);
  });
});
