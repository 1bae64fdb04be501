/** What OpenSSL refuses, before there is a connection. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { inspect } from 'node:util';
import {
  openTls,
  TlsContext,
  TlsHandshakeError,
  TlsOptionError,
  type OpenTlsOptions,
  type TlsContextOptions,
} from '../../src/index.ts';
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
          /^ERR_(OSSL|SSL)_[A-Z0-9_/]+$/.test(error.code) &&
          error.message.startsWith(`${option}: `),
      );
    });
  }

  for (const [what, options] of [
    ['the key of another certificate', { key: root.key }],
    ['a key of nothing', { key: 'nothing' }],
    ['a certificate of nothing', { certificate: 'nothing' }],
    ['an unknown cipher', { ciphers: 'NOT-A-CIPHER' }],
  ] as const) {
    it(`refuses ${what} with the code of node:tls`, () => {
      const { certificate: cert, ...others } = { ...good, ...options };
      const codeFrom = (make: () => unknown): string | undefined => {
        try {
          make();
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
        return assert.fail('it is taken');
      };
      assert.equal(
        codeFrom(() => new TlsContext({ ...good, ...options })),
        codeFrom(() => createSecureContext({ cert, ...others })),
      );
    });
  }

  it('refuses a key without its certificate, which would never be shown', () => {
    assert.throws(
      () => new TlsContext({ roots: root.cert, key: clientIdentity.key }),
      (error) => error instanceof TlsOptionError && error.option === 'certificate',
    );
  });

  it('refuses a list that ends early by a zero byte', () => {
    const groups = 'P-256\0:P-1';
    assert.throws(() => new TlsContext({ ...good, groups }), { code: 'ERR_INVALID_ARG_TYPE' });
  });

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

  const label = 'a'.repeat(63);
  const names = [
    ...['192.0.2.1', '2001:db8::1', '', '.', '.enf.example', 'enf.example.', 'enf..example'],
    ...['enf.example\0.evil.example', '*.example', '-enf.example', 'enf-.example'],
    ...['enf example', 'ünf.example', `${label}a.example`, [label, label, label, label].join('.')],
  ];
  const unusable: readonly Partial<OpenTlsOptions>[] = [
    ...names.map((serverName) => ({ serverName })),
    { serverPins: ['c2hvcnQ='] },
    ...[0, -1, 1.5, NaN, 2 ** 23 + 1, 2 ** 32].map((records) => ({ keyLimits: { records } })),
    ...[-1, 1.5, NaN, 2 ** 31 + 1, 2 ** 32].map((seconds) => ({ keyLimits: { seconds } })),
    ...[-1, NaN, Infinity, 2 ** 31].map((ms) => ({ handshakeTimeoutMs: ms })),
    ...[-1, NaN, 1.5, 2 ** 32].map((socket) => ({ socket })),
  ];
  for (const options of unusable) {
    it(`refuses ${inspect(options)} of a connection`, async () => {
      // None of these is a socket, so that what is taken for good fails as well, but otherwise.
      await assert.rejects(
        openTls({ context, handshakeTimeoutMs, socket: 99_999, ...options }),
        (error) =>
          error instanceof TlsOptionError &&
          error.option === Object.keys(options)[0] &&
          error.code === 'ERR_INVALID_ARG_VALUE',
      );
    });
  }

  const usable: readonly Partial<OpenTlsOptions>[] = [
    ...[
      'a',
      'ENF-1.example',
      '1.example',
      'e_f.example',
      `${label}.${label}.${label}.${'a'.repeat(61)}`,
    ].map((serverName) => ({ serverName })),
    ...[1, 2 ** 23].map((records) => ({ keyLimits: { records } })),
    ...[0, 2 ** 31].map((seconds) => ({ keyLimits: { seconds } })),
  ];
  for (const options of usable) {
    it(`takes ${inspect(options)} of a connection`, async () => {
      await assert.rejects(
        openTls({ context, handshakeTimeoutMs, socket: 99_999, ...options }),
        (error) => error instanceof TlsHandshakeError && error.code === 'EBADF',
      );
    });
  }
});
