/** What OpenSSL refuses, before there is a connection. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { openTls, TlsContext, TlsOptionError, type TlsContextOptions } from '../../src/index.ts';
import { clientIdentity, context, handshakeTimeoutMs, Rig, root } from '../rig.ts';

const good = { roots: root.cert, certificate: clientIdentity.cert, key: clientIdentity.key };
const encrypted = createPrivateKey(clientIdentity.key).export({
  ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
}) as string;

const rows: readonly [what: string, option: string, options: Partial<TlsContextOptions>][] = [
  ['no roots', 'roots', { roots: '' }],
  ['damaged roots', 'roots', { roots: root.cert.replace(/M/g, '?') }],
  [
    'a damaged root behind a good one',
    'roots',
    { roots: `${root.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n` },
  ],
  ['a key instead of a certificate', 'certificate', { certificate: clientIdentity.key }],
  ['the key of another certificate', 'key', { key: root.key }],
  ['a certificate without its key', 'key', { key: '' }],
  ['a key with a passphrase', 'key', { key: encrypted }],
  ['an unknown cipher', 'ciphers', { ciphers: 'NOT-A-CIPHER' }],
  ['an unknown suite', 'ciphers', { ciphers: 'TLS_NOT_A_SUITE' }],
  ['an unknown group', 'groups', { groups: 'P-256:P-1' }],
  ['an unknown signature algorithm', 'signatureAlgorithms', { signatureAlgorithms: 'rot13' }],
];

describe('a TLS context', () => {
  for (const [what, option, options] of rows) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => new TlsContext({ ...good, ...options }),
        (error) =>
          error instanceof TlsOptionError &&
          error.option === option &&
          /^ERR_SSL_[A-Z0-9_/]+$/.test(error.code) &&
          error.message.startsWith(`${option}: `),
      );
    });
  }

  it('leaves nothing in the error queue that node:crypto uses as well', () => {
    assert.throws(() => new TlsContext({ ...good, key: root.key }));
    assert.equal(createPrivateKey(clientIdentity.key).type, 'private');
  });

  for (const [ciphers, options, agreed] of [
    ['TLS_CHACHA20_POLY1305_SHA256', {}, 'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256'],
    [
      'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-CHACHA20-POLY1305',
      { maxVersion: 'TLSv1.2' },
      'TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305',
    ],
    ['ECDHE-ECDSA-AES128-GCM-SHA256', {}, 'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256'],
  ] as const) {
    it(`offers ${ciphers}`, async () => {
      const rig = new Rig();
      try {
        const port = await rig.tlsServer(() => undefined, options);
        const stream = await rig.client(port, {
          context: new TlsContext({ ...good, ciphers, groups: 'X25519:P-256' }),
        });
        assert.equal(`${stream.protocol} ${stream.cipher}`, agreed);
      } finally {
        rig.close();
      }
    });
  }

  for (const options of [{ serverName: '192.0.2.1' }, { serverPins: ['c2hvcnQ='] }]) {
    it(`refuses ${JSON.stringify(options)} of a connection`, async () => {
      await assert.rejects(
        openTls({ context, handshakeTimeoutMs, socket: 0, ...options }),
        (error) => error instanceof TlsOptionError && error.code === 'ERR_INVALID_ARG_VALUE',
      );
    });
  }
});
