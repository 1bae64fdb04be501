/** Real TLS over the loopback interface, against servers that are as they should be and against others. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { milliseconds } from '../../../src/core/time.ts';
import { createAuthority, loadAuthority, type Credential } from '../../../src/dev/pki/authority.ts';
import { opensslCredential } from '../identity/openssl-credential.ts';
import { keyPin } from '../../../src/uplink/key-pin.ts';
import { createTlsContext, plainHello } from '../../../src/identity/tls-context.ts';
import { agreedOn, openTls, type TlsOptions } from '../../../src/uplink/tls.ts';
import { watchCloseNotify } from '../../../src/uplink/close-notify.ts';
import { isAlertCode } from '../../../src/uplink/tls-failure.ts';
import { UplinkError, type UplinkFailure } from '../../../src/uplink/uplink-error.ts';

const authority = createAuthority();
const server = authority.issueServer({ name: 'router.example' });
const client = authority.issueClient('fd00:8f80:1::1234');
const stranger = createAuthority().issueServer({ name: 'router.example' });

/** The last byte of the signature is another one. */
function forged({ cert, key }: Credential): Credential {
  const der = Buffer.from(new X509Certificate(cert).raw);
  der[der.length - 1]! ^= 1;
  const base64 = der.toString('base64').replace(/.{64}/g, '$&\n');
  return { cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`, key };
}

function contextWith({ cert, key }: Credential, ca = authority.cert): tls.SecureContext {
  return createTlsContext({ ca, cert, key }, plainHello);
}

describe('TLS uplink', () => {
  const open: { close(): unknown }[] = [];
  const sockets: net.Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const listener of open.splice(0)) listener.close();
  });

  async function connectTo(listener: net.Server): Promise<net.Socket> {
    open.push(listener);
    listener.on('connection', (socket: net.Socket) =>
      sockets.push(socket.on('error', () => undefined)),
    );
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const socket = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  function tlsServer(credential: Credential, options: tls.TlsOptions = {}): tls.Server {
    const listener = tls.createServer({
      ...credential,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: false,
      ...options,
    });
    listener.on('tlsClientError', () => undefined);
    return listener;
  }

  function options(parts: Partial<TlsOptions> = {}): TlsOptions {
    return {
      context: contextWith(client),
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

  it('proves both sides to each other, and sends no server name', async () => {
    const listener = tlsServer(server);
    const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
    const secured = await openTls(await connectTo(listener), options());
    const [peer] = await accepted;
    assert.equal(secured.authorized, true);
    assert.equal(secured.getProtocol(), 'TLSv1.3');
    assert.equal(peer.authorized, true);
    assert.equal(peer.servername, false);
    secured.destroy();
  });

  it('reports version and cipher, also of a session that has just ended', async () => {
    const secured = await openTls(await connectTo(tlsServer(server)), options());
    assert.match(agreedOn(secured), /^TLSv1\.3, TLS_\w+$/);
    secured.destroy();
    assert.equal(agreedOn(secured), 'TLS, ended');
  });

  it('speaks TLS 1.2, and nothing older', async () => {
    const twelve = await connectTo(tlsServer(server, { maxVersion: 'TLSv1.2' }));
    const secured = await openTls(twelve, options());
    assert.equal(secured.getProtocol(), 'TLSv1.2');
    secured.destroy();
    const eleven = await connectTo(
      tlsServer(server, {
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'ALL:@SECLEVEL=0',
      }),
    );
    await assertFails(eleven, {}, 'handshake-failed', /ALERT|UNSUPPORTED_PROTOCOL/);
  });

  // errors.md: server-untrusted
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

  it('asks for the clock when the certificate is not valid yet', async () => {
    const future = authority.issueServer({
      name: 'router.example',
      validity: { notBefore: new Date('2090-01-01'), notAfter: new Date('2099-12-31') },
    });
    const socket = await connectTo(tlsServer(future));
    await assertFails(socket, {}, 'server-untrusted', /not valid yet.*clock.*CERT_NOT_YET_VALID/);
  });

  describe('where the clock is not synchronized', () => {
    const validity = { notBefore: new Date('2090-01-01'), notAfter: new Date('2099-12-31') };
    const future = authority.issueServer({ name: 'router.example', validity });

    const onNotYetValid = (): never => assert.fail('no date was asked for');

    async function assertAccepted(parts: Partial<TlsOptions>): Promise<void> {
      const socket = await connectTo(tlsServer(future));
      let begins: Date | undefined;
      const onNotYetValid = (date: Date): void => void (begins = date);
      const secured = await openTls(socket, options({ ...parts, onNotYetValid }));
      assert.equal(secured.authorizationError, 'CERT_NOT_YET_VALID');
      assert.equal(begins?.getTime(), validity.notBefore.getTime());
      secured.destroy();
    }

    it('accepts a certificate that has not begun', () => assertAccepted({}));

    it('accepts it under the right name and pin', () =>
      assertAccepted({
        serverName: 'router.example',
        serverPins: [keyPin(new X509Certificate(future.cert))!],
      }));

    it('accepts one below a root that has not begun either', async () => {
      const later = createAuthority({
        validity: { ...validity, notBefore: new Date('2091-01-01') },
      });
      const socket = await connectTo(tlsServer(later.issueServer({ validity })));
      const parts = { context: contextWith(client, later.cert), roots: later.cert };
      let begins: Date | undefined;
      const secured = await openTls(
        socket,
        options({ ...parts, onNotYetValid: (date) => void (begins = date) }),
      );
      assert.equal(begins?.toISOString(), '2091-01-01T00:00:00.000Z');
      secured.destroy();
    });

    it('accepts one that has begun, below a root that has not', async () => {
      const later = createAuthority({ validity });
      const socket = await connectTo(tlsServer(later.issueServer()));
      const parts = { context: contextWith(client, later.cert), roots: later.cert };
      let begins: Date | undefined;
      const secured = await openTls(
        socket,
        options({ ...parts, onNotYetValid: (date) => void (begins = date) }),
      );
      assert.equal(begins?.getTime(), validity.notBefore.getTime());
      secured.destroy();
    });

    it('still trusts good certificates', async () => {
      const socket = await connectTo(tlsServer(server));
      const secured = await openTls(socket, options({ onNotYetValid }));
      assert.equal(secured.authorized, true);
      secured.destroy();
    });

    for (const [name, credential, parts, words] of [
      [
        'of another authority that has not begun either',
        createAuthority().issueServer({ name: 'router.example', validity }),
        {},
        /ca_cert_file/,
      ],
      [
        'that names the right authority with a wrong signature',
        createAuthority({ name: 'ENF development root' }).issueServer({ validity }),
        {},
        /ca_cert_file/,
      ],
      ['whose signature is forged', forged(future), {}, /ca_cert_file/],
      ['of a client', authority.issueClient('fd00::1', { validity }), {}, /cannot be used: /],
      ['for another name', future, { serverName: 'other.example' }, /server_name/],
      ['with another key', future, { serverPins: ['AAAA'] }, /server_pins/],
      [
        'that has expired',
        authority.issueServer({
          validity: { notBefore: new Date('2001-01-01'), notAfter: new Date('2002-12-31') },
        }),
        {},
        /expired/,
      ],
      ['of a stranger', stranger, {}, /ca_cert_file/],
    ] as const) {
      it(`refuses a certificate ${name}`, async () => {
        const socket = await connectTo(tlsServer(credential));
        await assertFails(socket, { ...parts, onNotYetValid }, 'server-untrusted', words);
      });
    }
  });

  it('asks for another certificate when it has expired', async () => {
    const past = authority.issueServer({
      name: 'router.example',
      validity: { notBefore: new Date('2001-01-01'), notAfter: new Date('2002-12-31') },
    });
    const socket = await connectTo(tlsServer(past));
    await assertFails(socket, {}, 'server-untrusted', /expired.*CERT_HAS_EXPIRED/);
  });

  describe('with a server that the root has certified, but not well', () => {
    const expired = { notBefore: new Date('2001-01-01'), notAfter: new Date('2002-12-31') };
    const issue = (extensions: string): Credential =>
      opensslCredential({ subject: '/CN=router.example', extensions }, authority);

    for (const [title, credential, words] of [
      [
        'a certificate for clients only',
        issue('extendedKeyUsage=clientAuth'),
        /not valid for TLS servers \(its key usage\); contact the operator .*INVALID_PURPOSE/,
      ],
      [
        'a key that may not sign',
        issue('keyUsage=critical,cRLSign'),
        /not valid for TLS servers .*INVALID_PURPOSE/,
      ],
      [
        'an unknown critical extension',
        issue('1.2.3.4=critical,DER:0500'),
        /issued below a root .* cannot be used: unhandled critical extension; contact the operator/,
      ],
      [
        'a certificate that has expired',
        authority.issueServer({ validity: expired }),
        /^the server's certificate has expired on 2002-12-31; if this machine's clock is right, contact/,
      ],
    ] as const) {
      it(`blames no captive portal for ${title}`, async () => {
        const socket = await connectTo(tlsServer(credential));
        await assertFails(socket, {}, 'server-untrusted', words);
      });
    }

    it('names a root of ours that has expired', async () => {
      const old = createAuthority({ name: 'old root', validity: expired });
      const socket = await connectTo(tlsServer(old.issueServer()));
      const parts = { context: contextWith(client, old.cert), roots: old.cert };
      const words =
        /^the root "CN=old root" in remote\.ca_cert_file has expired on 2002-12-31; .* put the network's current root there \(CERT_HAS_EXPIRED\)/;
      await assertFails(socket, parts, 'server-untrusted', words);
    });

    it('names an intermediate certificate', async () => {
      const middle = loadAuthority({
        certFile: 'middle.crt',
        keyFile: 'middle.key',
        ...opensslCredential(
          {
            subject: `/CN=${'m'.repeat(64)}/O=${'o'.repeat(64)}`,
            extensions: 'basicConstraints=critical,CA:TRUE',
            days: 0,
          },
          authority,
        ),
      });
      const leaf = middle.issueServer();
      const socket = await connectTo(tlsServer({ ...leaf, cert: leaf.cert + middle.cert }));
      const words = /^the certificate "[^"]{100}\.\.\." above the server's has expired on/;
      await assertFails(socket, {}, 'server-untrusted', words);
    });
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

  it('checks and sends the server name where one is configured', async () => {
    const listener = tlsServer(server);
    const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
    const socket = await connectTo(listener);
    const secured = await openTls(socket, options({ serverName: 'router.example' }));
    assert.equal((await accepted)[0].servername, 'router.example');
    secured.destroy();
    const other = await connectTo(tlsServer(server));
    await assertFails(other, { serverName: 'other.example' }, 'server-untrusted', /server_name/);
  });

  it('accepts only pinned keys where pins are configured, and names the pin it saw', async () => {
    const pin = keyPin(new X509Certificate(server.cert))!;
    const secured = await openTls(
      await connectTo(tlsServer(server)),
      options({ serverPins: ['AAAA', pin] }),
    );
    secured.destroy();
    const socket = await connectTo(tlsServer(server));
    const escaped = new RegExp(pin.replace(/[+/]/g, '.'));
    await assertFails(socket, { serverPins: ['AAAA'] }, 'server-untrusted', escaped);
  });

  it('says so when something else than TLS answers', async () => {
    const listener = net.createServer((socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'));
    const socket = await connectTo(listener);
    await assertFails(socket, {}, 'handshake-failed', /does not speak TLS/);
  });

  // errors.md: handshake-failed
  it('does not wait without end for a server that sends nothing', async () => {
    const socket = await connectTo(net.createServer());
    const handshakeDeadline = milliseconds(20);
    await assertFails(socket, { handshakeDeadline }, 'handshake-failed', /no TLS handshake within/);
  });

  it('reports a connection that broke', async () => {
    const listener = net.createServer((socket) => socket.once('data', () => socket.destroy()));
    await assertFails(await connectTo(listener), {}, 'handshake-failed', /ECONNRESET/);
  });

  it('ends on request, before and during the handshake', async () => {
    const stop = new AbortController();
    const socket = await connectTo(net.createServer());
    const attempt = assertFails(socket, { signal: stop.signal }, 'stopped', /stopped/);
    stop.abort();
    await attempt;
    const late = await connectTo(net.createServer());
    await assertFails(late, { signal: stop.signal }, 'stopped', /stopped/);
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
          act(peer, sockets.at(-1)!);
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
