/** The addon over the loopback interface, against the servers that `tls.test.ts` has for `node:tls`. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { milliseconds } from '../../../src/core/time.ts';
import { createAuthority, type Credential } from '../../../src/dev/pki/authority.ts';
import { createNativeContext } from '../../../src/identity/native-tls-context.ts';
import { IdentityError } from '../../../src/identity/identity-error.ts';
import { plainHello } from '../../../src/identity/tls-context.ts';
import { keyPin } from '../../../src/uplink/key-pin.ts';
import {
  canTakeOver,
  openNativeTls,
  type NativeTlsOptions,
} from '../../../src/uplink/native-tls.ts';
import type { SecureStream, StreamEnd } from '../../../src/uplink/secure-stream.ts';
import { isAlertCode } from '../../../src/uplink/tls-failure.ts';
import type { TransportStream } from '../../../src/uplink/transport.ts';
import { UplinkError, type UplinkFailure } from '../../../src/uplink/uplink-error.ts';
import { opensslCredential } from '../identity/openssl-credential.ts';

const authority = createAuthority();
const server = authority.issueServer({ name: 'router.example' });
const client = authority.issueClient('fd00:8f80:1::1234');
const otherPin = Buffer.alloc(32).toString('base64');
const past = { notBefore: new Date('2001-01-01'), notAfter: new Date('2002-12-31') };
const later = { notBefore: new Date('2090-01-01'), notAfter: new Date('2099-12-31') };
const future = authority.issueServer({ name: 'router.example', validity: later });

function contextWith({ cert, key }: Credential, ca = authority.cert) {
  return createNativeContext({ ca, cert, key }, plainHello);
}

describe('native TLS uplink', () => {
  const open: { close(): unknown }[] = [];
  const sockets: net.Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const one of open.splice(0)) one.close();
  });

  async function connectTo(listener: net.Server): Promise<TransportStream> {
    open.push(listener);
    listener.on('connection', (socket: net.Socket) =>
      sockets.push(socket.on('error', () => undefined)),
    );
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const stream = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
    sockets.push(stream);
    await once(stream, 'connect');
    return { stream, localAddress: undefined };
  }

  function tlsServer(credential: Credential, options: tls.TlsOptions = {}): tls.Server {
    const own = { ...credential, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
    return tls.createServer({ ...own, ...options }).on('tlsClientError', () => undefined);
  }

  async function secure(
    below: TransportStream,
    parts: Partial<NativeTlsOptions> = {},
  ): Promise<SecureStream> {
    const stream = await openNativeTls(below, {
      context: contextWith(client),
      roots: authority.cert,
      serverName: undefined,
      serverPins: [],
      signal: new AbortController().signal,
      ...parts,
    });
    open.push(stream);
    return stream;
  }

  async function assertFails(
    below: TransportStream,
    parts: Partial<NativeTlsOptions>,
    failure: UplinkFailure,
    words: RegExp,
  ): Promise<void> {
    await assert.rejects(secure(below, parts), (error) => {
      assert.ok(error instanceof UplinkError, String(error));
      assert.match(error.message, words);
      assert.equal(error.failure, failure);
      return true;
    });
    assert.equal(below.stream.destroyed, true);
  }

  function endOf(stream: SecureStream): Promise<StreamEnd> {
    const buffer = Buffer.alloc(1000);
    return new Promise((resolve) =>
      stream.start({ onReadable: () => void stream.read(buffer, 0, 1000), onEnd: resolve }),
    );
  }

  it('proves both sides to each other, and sends no server name', async () => {
    const listener = tlsServer(server);
    const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
    const stream = await secure(await connectTo(listener));
    const [peer] = await accepted;
    assert.match(stream.agreed, /^TLSv1\.3, TLS_\w+$/);
    assert.equal(stream.library, 'native');
    assert.equal(peer.authorized, true);
    assert.equal(peer.servername, false);
  });

  it('speaks TLS 1.2, and nothing older', async () => {
    const twelve = await connectTo(tlsServer(server, { maxVersion: 'TLSv1.2' }));
    assert.match((await secure(twelve)).agreed, /^TLSv1\.2, /);
    const old = {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    } as const;
    const eleven = await connectTo(tlsServer(server, old));
    await assertFails(eleven, {}, 'handshake-failed', /ALERT|UNSUPPORTED_PROTOCOL/);
  });

  it('leaves one owner of the connection', async () => {
    const below = await connectTo(tlsServer(server));
    const stream = await secure(below);
    assert.equal(below.stream.destroyed, true);
    const closed = once(sockets.at(-1)!, 'close');
    stream.close();
    await closed;
  });

  it('runs over a descriptor whose stream lives as long', async () => {
    const below = await connectTo(tlsServer(server));
    const { fd } = (below.stream as unknown as { _handle: { fd: number } })._handle;
    // What is not a socket of node:net, and is not used as a stream.
    below.stream.pause();
    const owner = new Duplex({ destroy: (_, done) => (below.stream.destroy(), done(null)) });
    const stream = await secure({ stream: owner, descriptor: fd, localAddress: undefined });
    assert.equal(owner.destroyed, false);
    stream.close();
    assert.equal(owner.destroyed, true);
  });

  it('takes over sockets from which nothing has come', async () => {
    const listener = net.createServer((socket) => socket.write('SSH-2.0-x\r\n'));
    const below = await connectTo(listener);
    assert.equal(canTakeOver(below), true);
    await once(below.stream, 'readable');
    assert.equal(canTakeOver(below), false);
    assert.equal(canTakeOver({ stream: new Duplex(), localAddress: undefined }), false);
  });

  const issue = (extensions: string): Credential =>
    opensslCredential({ subject: '/CN=router.example', extensions }, authority);
  const untrusted: readonly (readonly [
    title: string,
    credential: () => Credential,
    parts: Partial<NativeTlsOptions>,
    words: RegExp,
  ])[] = [
    [
      'another authority',
      () => createAuthority().issueServer(),
      {},
      /ca_cert_file.*captive portal/,
    ],
    ['a certificate that is not valid yet', () => future, {}, /not valid yet.*clock.*CERT_NOT_YET/],
    [
      'a certificate that has expired',
      () => authority.issueServer({ validity: past }),
      {},
      /^the server's certificate has expired on 2002-12-31; .*CERT_HAS_EXPIRED/,
    ],
    ['another name', () => server, { serverName: 'other.example' }, /server_name/],
    [
      'a certificate for clients only',
      () => issue('extendedKeyUsage=clientAuth'),
      {},
      /not valid for TLS servers \(its key usage\); contact the operator .*INVALID_PURPOSE/,
    ],
    [
      'an unknown critical extension',
      () => issue('1.2.3.4=critical,DER:0500'),
      {},
      /issued below a root .* cannot be used: unhandled critical extension; contact the operator/,
    ],
  ];
  for (const [title, credential, parts, words] of untrusted) {
    it(`refuses ${title}`, async () => {
      const below = await connectTo(tlsServer(credential()));
      await assertFails(below, parts, 'server-untrusted', words);
    });
  }

  for (const [title, subject, name] of [
    ['an intermediate certificate', '/CN=middle', 'CN=middle'],
    ['an intermediate certificate that has no name', '/', ''],
  ] as const) {
    it(`names ${title}`, async () => {
      const extensions = 'basicConstraints=critical,CA:TRUE';
      const root = opensslCredential({ subject: '/CN=root', extensions });
      const middle = opensslCredential({ subject, extensions, days: 0 }, root);
      const leaf = opensslCredential({}, middle);
      const below = await connectTo(tlsServer({ ...leaf, cert: leaf.cert + middle.cert }));
      const parts = { context: contextWith(client, root.cert), roots: root.cert };
      const words = new RegExp(`^the certificate "${name}" above the server's has expired on`);
      await assertFails(below, parts, 'server-untrusted', words);
    });
  }

  it('names the pin of a key that is not accepted', async () => {
    const pin = keyPin(new X509Certificate(server.cert))!;
    await secure(await connectTo(tlsServer(server)), { serverPins: [otherPin, pin] });
    const below = await connectTo(tlsServer(server));
    const words = new RegExp(pin.replace(/[+/]/g, '.'));
    await assertFails(below, { serverPins: [otherPin] }, 'server-untrusted', words);
  });

  it('checks and sends the server name where one is configured', async () => {
    const listener = tlsServer(server);
    const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
    await secure(await connectTo(listener), { serverName: 'router.example' });
    assert.equal((await accepted)[0].servername, 'router.example');
  });

  describe('where the clock is not synchronized', () => {
    it('accepts a certificate that has not begun, under the right name and pin', async () => {
      const below = await connectTo(tlsServer(future));
      const learned: Date[] = [];
      await secure(below, {
        serverName: 'router.example',
        serverPins: [keyPin(new X509Certificate(future.cert))!],
        onNotYetValid: (date) => learned.push(date),
      });
      assert.deepEqual(learned, [later.notBefore]);
    });

    it('learns the later of two begins', async () => {
      const root = createAuthority({ validity: { ...later, notBefore: new Date('2091-01-01') } });
      const below = await connectTo(tlsServer(root.issueServer({ validity: later })));
      const learned: Date[] = [];
      await secure(below, {
        context: contextWith(client, root.cert),
        roots: root.cert,
        onNotYetValid: (date) => learned.push(date),
      });
      assert.deepEqual(learned, [new Date('2091-01-01')]);
    });

    const onNotYetValid = (): never => assert.fail('no date was asked for');
    it('still trusts good certificates', () =>
      connectTo(tlsServer(server)).then((below) => secure(below, { onNotYetValid })));

    for (const [name, credential, parts, words] of [
      [
        'of another authority that has not begun either',
        createAuthority().issueServer({ name: 'router.example', validity: later }),
        {},
        /ca_cert_file/,
      ],
      [
        'that names the right authority with a wrong signature',
        createAuthority({ name: 'ENF development root' }).issueServer({ validity: later }),
        {},
        /ca_cert_file/,
      ],
      ['of a client', authority.issueClient('fd00::1', { validity: later }), {}, /key usage/],
      ['for another name', future, { serverName: 'other.example' }, /server_name/],
      ['with another key', future, { serverPins: [otherPin] }, /server_pins/],
      ['that has expired', authority.issueServer({ validity: past }), {}, /expired/],
    ] as const) {
      it(`refuses a certificate ${name}`, async () => {
        const below = await connectTo(tlsServer(credential));
        await assertFails(below, { ...parts, onNotYetValid }, 'server-untrusted', words);
      });
    }
  });

  it('says so when something else than TLS answers', async () => {
    const listener = net.createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')),
    );
    await assertFails(await connectTo(listener), {}, 'handshake-failed', /does not speak TLS/);
  });

  it('does not wait without end for a server that sends nothing', async () => {
    const below = await connectTo(net.createServer());
    const parts = { handshakeDeadline: milliseconds(20) };
    await assertFails(below, parts, 'handshake-failed', /no TLS handshake within/);
  });

  it('reports a connection that broke, before and during the handshake', async () => {
    const listener = net.createServer((socket) => socket.once('data', () => socket.destroy()));
    await assertFails(await connectTo(listener), {}, 'handshake-failed', /ECONNRESET/);
    const gone = await connectTo(net.createServer());
    gone.stream.destroy();
    await assert.rejects(secure(gone), UplinkError);
  });

  it('ends on request, before and during the handshake', async () => {
    const stop = new AbortController();
    const attempt = connectTo(net.createServer()).then((below) =>
      assertFails(below, { signal: stop.signal }, 'stopped', /stopped/),
    );
    setImmediate(() => stop.abort());
    await attempt;
    const late = await connectTo(net.createServer());
    await assertFails(late, { signal: stop.signal }, 'stopped', /stopped/);
  });

  it('blames the identity that the library does not use, and not the server', () => {
    assert.throws(() => contextWith({ ...client, cert: 'no certificate' }), IdentityError);
  });

  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    for (const [name, act, kind] of [
      ['a close_notify', (peer: tls.TLSSocket) => void peer.end(), 'close-notify'],
      ['a cut connection', (_: tls.TLSSocket, below: net.Socket) => void below.end(), 'cut'],
    ] as const) {
      it(`distinguishes ${name}, ${version}`, async () => {
        const listener = tlsServer(server, { maxVersion: version });
        const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
        const stream = await secure(await connectTo(listener));
        const [peer] = await accepted;
        const end = endOf(stream);
        act(peer, sockets.at(-1)!);
        assert.deepEqual(await end, { kind });
      });
    }
  }

  it('shows a refusal after the handshake as an alert', async () => {
    const listener = tlsServer(server, { rejectUnauthorized: true });
    // A client without a certificate: the one case in which a Node.js server sends an alert and not just closes.
    const context = contextWith({ cert: '', key: '' });
    const end = await endOf(await secure(await connectTo(listener), { context }));
    assert.ok(end.kind === 'error' && isAlertCode(end.code), JSON.stringify(end));
  });

  it('counts key updates', async () => {
    const listener = tlsServer(server).on('secureConnection', (peer) => peer.resume());
    const stream = await secure(await connectTo(listener), { keyLimits: { records: 4 } });
    void endOf(stream);
    assert.equal(stream.keyUpdates, 0);
    for (let n = 0; n < 6; n++) stream.write(Buffer.of(1));
    assert.ok(stream.keyUpdates > 0);
  });
});
