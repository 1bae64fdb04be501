/** Both TLS libraries against servers that are as they should be and against others: the outcome is the same. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { milliseconds } from '../../../../src/core/time.ts';
import {
  NativeTls,
  NodeTls,
  type HandshakeOptions,
  type TlsClient,
} from '../../../../src/daemon/session/handshake.ts';
import { createAuthority, type Credential } from '../../../../src/dev/pki/authority.ts';
import type { Identity } from '../../../../src/identity/identity.ts';
import { plainHello } from '../../../../src/identity/tls-context.ts';
import { keyPin } from '../../../../src/uplink/key-pin.ts';
import type { SecureStream, StreamEnd } from '../../../../src/uplink/secure-stream.ts';
import type { TransportStream } from '../../../../src/uplink/transport.ts';
import { UplinkError, type UplinkFailure } from '../../../../src/uplink/uplink-error.ts';
import { opensslCredential } from '../../identity/openssl-credential.ts';
import { ownAddress } from '../../router/packets.ts';
import {
  authority,
  client,
  forged,
  future,
  later,
  Loopback,
  past,
  server,
  tlsServer,
} from '../../uplink/tls-servers.ts';

const otherPin = Buffer.alloc(32).toString('base64');
const stranger = createAuthority().issueServer({ name: 'router.example' });

function identityBelow(ca: string): Identity {
  const validity = { notBefore: new Date(0), notAfter: new Date(0) };
  return { ca, roots: [], ...client, address: ownAddress, addressText: '', ...validity };
}

function usualOptions(ca = authority.cert): HandshakeOptions {
  return {
    identity: identityBelow(ca),
    hello: plainHello,
    serverName: undefined,
    serverPins: [],
    onNotYetValid: undefined,
    handshakeDeadline: milliseconds(15_000),
    signal: new AbortController().signal,
  };
}

const issue = (extensions: string): Credential =>
  opensslCredential({ subject: '/CN=router.example', extensions }, authority);

/** What is asked of a server, beyond a chain to `ca`. */
type Demands = Partial<HandshakeOptions> & { readonly ca?: string };
type Row = readonly [title: string, credential: Credential, demands: Demands, words: RegExp];

const oldRoot = createAuthority({ name: 'old root', validity: past });

const untrusted: readonly Row[] = [
  ['another authority', stranger, {}, /ca_cert_file.*captive portal/],
  ['a certificate that is not valid yet', future, {}, /not valid yet.*clock.*CERT_NOT_YET_VALID/],
  [
    'a certificate that has expired',
    authority.issueServer({ validity: past }),
    {},
    /^the server's certificate has expired on 2002-12-31; if this machine's clock is right, contact.*CERT_HAS_EXPIRED/,
  ],
  ['another name', server, { serverName: 'other.example' }, /server_name/],
  [
    'a certificate for clients only',
    issue('extendedKeyUsage=clientAuth'),
    {},
    /not valid for TLS servers \(its key usage\); contact the operator .*INVALID_PURPOSE/,
  ],
  [
    'a key that may not sign',
    issue('keyUsage=critical,cRLSign'),
    {},
    /not valid for TLS servers .*INVALID_PURPOSE/,
  ],
  [
    'an unknown critical extension',
    issue('1.2.3.4=critical,DER:0500'),
    {},
    /issued below a root .* cannot be used: unhandled critical extension; contact the operator/,
  ],
  [
    'a root of ours that has expired',
    oldRoot.issueServer(),
    { ca: oldRoot.cert },
    /^the root "CN=old root" in remote\.ca_cert_file has expired on 2002-12-31; .* put the network's current root there \(CERT_HAS_EXPIRED\)/,
  ],
];

const untrustedWithoutTime: readonly Row[] = [
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
  ['whose signature is forged', forged(future), {}, /ca_cert_file|cannot be used: /],
  [
    'of a client',
    authority.issueClient('fd00::1', { validity: later }),
    {},
    /cannot be used: |key usage/,
  ],
  ['for another name', future, { serverName: 'other.example' }, /server_name/],
  ['with another key', future, { serverPins: [otherPin] }, /server_pins/],
  ['that has expired', authority.issueServer({ validity: past }), {}, /expired/],
  ['of a stranger', stranger, {}, /ca_cert_file/],
];

/** Stands where no connection may be passed on. */
const noOther: TlsClient = {
  judgesExactly: false,
  handshake: () => assert.fail('another library was asked'),
};

for (const library of [new NodeTls(), new NativeTls(noOther)]) {
  describe(`a handshake of ${library.constructor.name}`, () => {
    let loopback: Loopback;
    beforeEach(() => (loopback = new Loopback()));
    afterEach(() => loopback.close());

    async function connectTo(listener: net.Server): Promise<TransportStream> {
      return { stream: await loopback.connectTo(listener), localAddress: undefined };
    }

    async function secure(
      below: TransportStream,
      { ca = authority.cert, ...demands }: Demands = {},
    ): Promise<SecureStream> {
      const stream = await library.handshake(below, {
        ...usualOptions(ca),
        ...demands,
      });
      loopback.closeLater(stream);
      return stream;
    }

    async function assertFails(
      below: TransportStream,
      demands: Demands,
      failure: UplinkFailure,
      words: RegExp,
    ): Promise<void> {
      await assert.rejects(secure(below, demands), (error) => {
        assert.ok(error instanceof UplinkError, String(error));
        assert.match(error.message, words);
        assert.equal(error.failure, failure);
        return true;
      });
      assert.equal(below.stream.destroyed, true);
    }

    it('proves both sides to each other, and sends no server name', async () => {
      const listener = tlsServer(server);
      const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
      const stream = await secure(await connectTo(listener));
      const [peer] = await accepted;
      assert.match(stream.agreed, /^TLSv1\.3, TLS_\w+$/);
      assert.equal(peer.authorized, true);
      assert.equal(peer.servername, false);
    });

    it('speaks TLS 1.2, and nothing older', async () => {
      const twelve = await connectTo(tlsServer(server, { maxVersion: 'TLSv1.2' }));
      assert.match((await secure(twelve)).agreed, /^TLSv1\.2, /);
      const ciphers = 'ALL:@SECLEVEL=0';
      const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers } as const;
      const eleven = await connectTo(tlsServer(server, old));
      await assertFails(eleven, {}, 'handshake-failed', /ALERT|UNSUPPORTED_PROTOCOL/);
    });

    for (const [title, credential, demands, words] of untrusted) {
      // errors.md: server-untrusted
      it(`refuses ${title}`, async () => {
        const below = await connectTo(tlsServer(credential));
        await assertFails(below, demands, 'server-untrusted', words);
      });
    }

    const long = `/CN=${'m'.repeat(64)}/O=${'o'.repeat(64)}`;
    for (const [title, subject, name] of [
      ['an intermediate certificate', '/CN=middle', 'CN=middle'],
      ['an intermediate certificate that has no name', '/', ''],
      ['an intermediate certificate with a long name, in part', long, '[^"]{100}\\.\\.\\.'],
    ] as const) {
      it(`names ${title}`, async () => {
        const extensions = 'basicConstraints=critical,CA:TRUE';
        const root = opensslCredential({ subject: '/CN=root', extensions });
        const middle = opensslCredential({ subject, extensions, days: 0 }, root);
        const leaf = opensslCredential({}, middle);
        const below = await connectTo(tlsServer({ ...leaf, cert: leaf.cert + middle.cert }));
        const words = new RegExp(`^the certificate "${name}" above the server's has expired on`);
        await assertFails(below, { ca: root.cert }, 'server-untrusted', words);
      });
    }

    it('accepts only pinned keys where pins are configured, and names the pin it saw', async () => {
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
      async function beginsOf(credential: Credential, demands: Demands = {}): Promise<Date[]> {
        const learned: Date[] = [];
        const onNotYetValid = (date: Date): void => void learned.push(date);
        await secure(await connectTo(tlsServer(credential)), { ...demands, onNotYetValid });
        return learned;
      }

      it('accepts a certificate that has not begun, under the right name and pin', async () => {
        assert.deepEqual(await beginsOf(future), [later.notBefore]);
        const serverPins = [keyPin(new X509Certificate(future.cert))!];
        const demands = { serverName: 'router.example', serverPins };
        assert.deepEqual(await beginsOf(future, demands), [later.notBefore]);
      });

      it('accepts one below a root that has not begun either, and learns the later begin', async () => {
        const notBefore = new Date('2091-01-01');
        const root = createAuthority({ validity: { ...later, notBefore } });
        const leaf = root.issueServer({ validity: later });
        assert.deepEqual(await beginsOf(leaf, { ca: root.cert }), [notBefore]);
      });

      it('accepts one that has begun, below a root that has not', async () => {
        const root = createAuthority({ validity: later });
        assert.deepEqual(await beginsOf(root.issueServer(), { ca: root.cert }), [later.notBefore]);
      });

      it('still trusts good certificates', async () => {
        assert.deepEqual(await beginsOf(server), []);
      });

      it('closes the connection when what was learned cannot be used', async () => {
        const below = await connectTo(tlsServer(future));
        const closed = once(loopback.accepted, 'close');
        const onNotYetValid = (): never => {
          throw new RangeError('no file for it');
        };
        await assert.rejects(secure(below, { onNotYetValid }), RangeError);
        await closed;
      });

      const onNotYetValid = (): never => assert.fail('no date was asked for');
      for (const [title, credential, demands, words] of untrustedWithoutTime) {
        it(`refuses a certificate ${title}`, async () => {
          const below = await connectTo(tlsServer(credential));
          await assertFails(below, { ...demands, onNotYetValid }, 'server-untrusted', words);
        });
      }
    });

    it('says so when something else than TLS answers', async () => {
      const listener = net.createServer((socket) =>
        socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')),
      );
      const below = await connectTo(listener);
      await assertFails(below, {}, 'handshake-failed', /does not speak TLS/);
    });

    // errors.md: handshake-failed
    it('does not wait without end for a server that sends nothing', async () => {
      const below = await connectTo(net.createServer());
      const demands = { handshakeDeadline: milliseconds(20) };
      await assertFails(below, demands, 'handshake-failed', /no TLS handshake within/);
    });

    it('reports a connection that broke, before and during the handshake', async () => {
      const listener = net.createServer((socket) => socket.once('data', () => socket.destroy()));
      await assertFails(await connectTo(listener), {}, 'handshake-failed', /ECONNRESET/);
      const gone = await connectTo(net.createServer());
      gone.stream.destroy();
      await assertFails(gone, {}, 'handshake-failed', /./);
    });

    it('ends on request, before and during the handshake', async () => {
      const stop = new AbortController();
      // The ClientHello is there, so the handshake has begun.
      const listener = net.createServer((socket) => socket.once('data', () => stop.abort()));
      await assertFails(await connectTo(listener), { signal: stop.signal }, 'stopped', /stopped/);
      const late = await connectTo(net.createServer());
      await assertFails(late, { signal: stop.signal }, 'stopped', /stopped/);
    });

    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      for (const [title, act, kind] of [
        ['a close_notify', (peer: tls.TLSSocket) => void peer.end(), 'close-notify'],
        ['a cut connection', (_: tls.TLSSocket, below: net.Socket) => void below.end(), 'cut'],
      ] as const) {
        it(`distinguishes ${title} before the first byte, ${version}`, async () => {
          const listener = tlsServer(server, { maxVersion: version });
          const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
          const stream = await secure(await connectTo(listener));
          const [peer] = await accepted;
          const below = loopback.accepted;
          // Behind the session tickets, which go out with the handshake's end.
          await once(peer.resume(), 'session', { signal: AbortSignal.timeout(50) }).catch(
            () => undefined,
          );
          const buffer = Buffer.alloc(1000);
          const end = new Promise<StreamEnd>((resolve) =>
            stream.start({ onReadable: () => void stream.read(buffer, 0, 1000), onEnd: resolve }),
          );
          act(peer, below);
          assert.deepEqual(await end, { kind });
        });
      }
    }
  });
}

describe('a handshake of NodeTls', () => {
  it('has the bytes of its keys counted over a stream that does not count', async () => {
    const loopback = new Loopback();
    try {
      const socket = await loopback.connectTo(tlsServer(server));
      const stream = Duplex.from({ readable: socket, writable: socket });
      const below = { stream, localAddress: undefined };
      const secured = await new NodeTls().handshake(below, usualOptions());
      loopback.closeLater(secured);
      assert.equal(secured.areKeysWorn(), false);
      // Of node:net, which TLS inherits.
      Object.defineProperty(tls.TLSSocket.prototype, 'bytesRead', {
        value: 2 ** 37,
        configurable: true,
      });
      assert.equal(secured.areKeysWorn(), true);
    } finally {
      delete (tls.TLSSocket.prototype as { bytesRead?: number }).bytesRead;
      loopback.close();
    }
  });
});

describe('a handshake of NativeTls', () => {
  it('leaves a server that speaks first to node:tls, which names what it speaks', async () => {
    const loopback = new Loopback();
    const asked: TransportStream[] = [];
    const stands = {} as SecureStream;
    const other: TlsClient = {
      judgesExactly: false,
      handshake: (below) => (asked.push(below), Promise.resolve(stands)),
    };
    try {
      const greeter = net.createServer((socket) => socket.write('SSH-2.0-x\r\n'));
      const below = { stream: await loopback.connectTo(greeter), localAddress: undefined };
      await once(below.stream, 'readable');
      const stream = await new NativeTls(other).handshake(below, usualOptions());
      assert.equal(stream, stands);
      assert.deepEqual(asked, [below]);
      assert.equal(below.stream.destroyed, false);
    } finally {
      loopback.close();
    }
  });

  it('names what a server speaks that speaks first', async () => {
    const loopback = new Loopback();
    try {
      const greeter = net.createServer((socket) => socket.write('SSH-2.0-x\r\n'));
      const below = { stream: await loopback.connectTo(greeter), localAddress: undefined };
      await once(below.stream, 'readable');
      const attempt = new NativeTls(new NodeTls()).handshake(below, usualOptions());
      await assert.rejects(attempt, /does not speak TLS/);
    } finally {
      loopback.close();
    }
  });
});
