/** Keys of a provider. The one that OpenSSL has stands in for others here: it takes what is in a file. */
import assert from 'node:assert/strict';
import { ProviderKey, TlsContext, TlsKeyError, TlsOptionError } from '../../src/index.ts';
import { clientIdentity, Rig, root, serverIdentity } from '../rig.ts';

const provider = 'default';

describe('a key of a provider', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  const contextOf = (key: ProviderKey): TlsContext =>
    new TlsContext({ roots: root.cert, certificate: clientIdentity.cert, key });

  it('proves the client, also in sessions that outlive it and its context', async () => {
    const key = await ProviderKey.open({ provider, pem: clientIdentity.key });
    const context = contextOf(key);
    const names: string[] = [];
    const port = await rig.tlsServer((session) => {
      names.push(String(session.getPeerCertificate().subject.CN));
      session.on('data', (data: Buffer) => session.write(data));
    });
    const stream = await rig.client(port, { context });
    context.close();
    key.close();
    const received = new Promise<string>((resolve) =>
      stream.start({
        onReadable: () => {
          const buffer = Buffer.alloc(100);
          const length = stream.read(buffer);
          if (length > 0) resolve(buffer.toString('latin1', 0, length));
        },
        onEnd: () => undefined,
      }),
    );
    stream.write(Buffer.from('still here'));
    assert.equal(await received, 'still here');
    assert.deepEqual(names, [clientIdentity.name]);
    await assert.rejects(rig.client(port, { context }), TypeError);
  });

  it('is judged with its certificate', async () => {
    const key = await ProviderKey.open({ provider, pem: serverIdentity.key });
    assert.throws(
      () => contextOf(key),
      (error) => error instanceof TlsOptionError && error.option === 'key',
    );
    key.close();
    key.close();
    assert.throws(() => contextOf(key), TypeError);
  });

  it('gets its passphrase', async () => {
    const pem = clientIdentity.privateKey.export({
      ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' },
    } as const) as string;
    (await ProviderKey.open({ provider, pem, passphrase: 'open sesame' })).close();
    for (const wrong of [{ passphrase: 'wrong' }, {}]) {
      await assert.rejects(
        ProviderKey.open({ provider, pem, ...wrong }),
        (error) => error instanceof TlsKeyError && error.stage === 'key',
      );
    }
  });

  it('names a provider that OpenSSL does not have, and leaves the environment as it was', async () => {
    process.env.TLS_STREAM_TEST = 'before';
    const environment = { TLS_STREAM_TEST: 'during', TLS_STREAM_OTHER: 'during' };
    await assert.rejects(
      ProviderKey.open({ provider: 'no-such-provider', pem: clientIdentity.key, environment }),
      (error) =>
        error instanceof TlsKeyError &&
        error.stage === 'provider' &&
        error.code.endsWith('COULD_NOT_LOAD_THE_SHARED_LIBRARY'),
    );
    assert.equal(process.env.TLS_STREAM_TEST, 'before');
    assert.equal(process.env.TLS_STREAM_OTHER, undefined);
    delete process.env.TLS_STREAM_TEST;
  });

  it('does not disturb what the process encrypts meanwhile', async () => {
    const keys = await Promise.all(
      Array.from({ length: 8 }, () => ProviderKey.open({ provider, pem: clientIdentity.key })),
    );
    const port = await rig.tlsServer((session) => session.end());
    const socket = await rig.client(port);
    assert.match(socket.protocol, /^TLSv1\.3/);
    const contexts = keys.map(contextOf);
    for (const key of keys) key.close();
    for (const context of contexts) context.close();
    socket.close();
  });
});
