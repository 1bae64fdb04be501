/** What only the addon has; the rest is in `../daemon/session/handshake.test.ts`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import { handshakeCodes, TlsHandshakeError } from 'tls-stream';
import { createNativeContext } from '../../../src/identity/native-tls-context.ts';
import { IdentityError } from '../../../src/identity/identity-error.ts';
import { plainHello } from '../../../src/identity/tls-context.ts';
import {
  canTakeOver,
  nativeTlsFailure,
  openNativeTls,
  type NativeTlsOptions,
} from '../../../src/uplink/native-tls.ts';
import type { SecureStream, StreamEnd } from '../../../src/uplink/secure-stream.ts';
import { isAlertCode } from '../../../src/uplink/tls-failure.ts';
import type { TransportStream } from '../../../src/uplink/transport.ts';
import { authority, client, Loopback, server, tlsServer } from './tls-servers.ts';

function contextWith(credential: { cert: string; key: string }) {
  return createNativeContext({ ca: authority.cert, ...credential }, plainHello);
}

describe('native TLS uplink', () => {
  let loopback: Loopback;
  beforeEach(() => (loopback = new Loopback()));
  afterEach(() => loopback.close());

  async function connectTo(listener: net.Server): Promise<TransportStream> {
    return { stream: await loopback.connectTo(listener), localAddress: undefined };
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
    loopback.closeLater(stream);
    return stream;
  }

  function endOf(stream: SecureStream): Promise<StreamEnd> {
    const buffer = Buffer.alloc(1000);
    return new Promise((resolve) =>
      stream.start({ onReadable: () => void stream.read(buffer, 0, 1000), onEnd: resolve }),
    );
  }

  it('leaves one owner of the connection', async () => {
    const below = await connectTo(tlsServer(server));
    const stream = await secure(below);
    assert.equal(stream.library, 'native');
    assert.equal(below.stream.destroyed, true);
    const closed = once(loopback.accepted, 'close');
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

  it('blames the identity that the library does not use, and not the server', () => {
    assert.throws(() => contextWith({ ...client, cert: 'no certificate' }), IdentityError);
  });

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

  it('distinguishes its deadline from a connection that the kernel has given up', () => {
    const wordsFor = (code: string): string =>
      nativeTlsFailure(new TlsHandshakeError('x', code), { roots: '' }).message;
    assert.match(wordsFor(handshakeCodes.timeout), /^no TLS handshake within 15 s/);
    assert.match(wordsFor('ETIMEDOUT'), /^the connection broke .*\(ETIMEDOUT\)$/);
  });
});
