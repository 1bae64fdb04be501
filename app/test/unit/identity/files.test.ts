import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { loadIdentity } from '../../../src/identity/files.ts';
import { IdentityError, type IdentityStep } from '../../../src/identity/identity-error.ts';
import {
  createAuthority,
  selfSignClient,
  type Credential,
} from '../../../src/dev/pki/authority.ts';
import { opensslCredential, type OpensslOptions } from './openssl-credential.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

const authority = createAuthority();
const client = authority.issueClient('fd00:8f80:1::1234');

describe('identity files', () => {
  const folder = scratchFolder();
  let files: { caCertFile: string; certFile: string; keyFile: string };

  beforeEach(() => {
    files = {
      caCertFile: path.join(folder(), 'ca.pem'),
      certFile: path.join(folder(), 'cert.pem'),
      keyFile: path.join(folder(), 'key.pem'),
    };
    writeFileSync(files.caCertFile, authority.cert);
    writeFileSync(files.certFile, client.cert);
    writeFileSync(files.keyFile, client.key, { mode: 0o600 });
  });

  it('gives address, validity and PEM texts that TLS takes', async () => {
    const identity = await loadIdentity(files);
    assert.equal(identity.addressText, 'fd00:8f80:1::1234');
    assert.equal(Buffer.from(identity.address).toString('hex'), 'fd008f80000100000000000000001234');
    assert.equal(identity.notBefore.getTime(), -62167219200000, 'year 0000');
    assert.equal(identity.notAfter.toISOString(), '9999-12-31T23:59:59.000Z');
    tls.createSecureContext({ ca: identity.ca, cert: identity.cert, key: identity.key });
  });

  const key = createPrivateKey(client.key);
  const keyForms: [title: string, content: string | Buffer][] = [
    ['PKCS#8 PEM', client.key],
    ['SEC1 PEM', key.export({ type: 'sec1', format: 'pem' })],
    ['PKCS#8 DER', key.export({ type: 'pkcs8', format: 'der' })],
    ['SEC1 DER', key.export({ type: 'sec1', format: 'der' })],
    ['PEM with text around it and CR LF', `a note\r\n${client.key.replaceAll('\n', '\r\n')}`],
  ];
  for (const [title, content] of keyForms) {
    it(`takes a key in ${title}`, async () => {
      writeFileSync(files.keyFile, content);
      const identity = await loadIdentity(files);
      assert.ok(createPrivateKey(identity.key).equals(key));
    });
  }

  it('takes PEM files that begin with a byte order mark', async () => {
    writeFileSync(files.keyFile, `\ufeff${client.key}`);
    writeFileSync(files.certFile, `\ufeff${client.cert}`);
    writeFileSync(files.caCertFile, `\ufeff${authority.cert}`);
    assert.equal((await loadIdentity(files)).addressText, 'fd00:8f80:1::1234');
  });

  it('takes a key that openssl wrote with its parameters in front', async () => {
    const made = execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey']);
    assert.match(made.toString(), /BEGIN EC PARAMETERS/);
    writeFileSync(files.keyFile, made);
    const subject = ['-subj', '/O=x/CN=2607:8f80::1/CN=second', '-days', '9'];
    execFileSync('openssl', [
      ...['req', '-x509', '-new', '-key', files.keyFile, '-out', files.certFile],
      ...subject,
    ]);
    assert.equal((await loadIdentity(files)).addressText, '2607:8f80::1');
  });

  it('takes a certificate in DER, whatever the name of the file', async () => {
    writeFileSync(files.certFile, new X509Certificate(client.cert).raw);
    assert.equal((await loadIdentity(files)).addressText, 'fd00:8f80:1::1234');
  });

  it('takes the first of several certificates as its own', async () => {
    writeFileSync(files.certFile, `${client.cert}${authority.cert}`);
    assert.equal(new X509Certificate((await loadIdentity(files)).cert).ca, false);
  });

  it('takes a certificate that signed itself', async () => {
    const own = selfSignClient('fd00::7', { nameFormat: 'colons' });
    writeFileSync(files.certFile, own.cert);
    writeFileSync(files.keyFile, own.key);
    assert.equal((await loadIdentity(files)).addressText, 'fd00::7');
  });

  it('keeps every root of the file and no text between them', async () => {
    const other = createAuthority().cert;
    writeFileSync(files.caCertFile, `# first\n${authority.cert}# second\n${other}`);
    assert.equal((await loadIdentity(files)).ca, authority.cert + other);
  });

  it('warns when others may read the key, and only then', async () => {
    const warnings: string[] = [];
    await loadIdentity(files, { warn: (message) => warnings.push(message) });
    assert.equal(warnings.length, 0);
    chmodSync(files.keyFile, 0o640);
    await loadIdentity(files, { warn: (message) => warnings.push(message) });
    assert.deepEqual(warnings, [
      `${files.keyFile}: other users have access to the private key (mode 0640); run: chmod 600 ${files.keyFile}`,
    ]);
  });

  describe('refuses', () => {
    const otherKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const encrypted = key
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
      .toString();
    const damaged = (pem: string) => pem.replace(/^M.{8}/m, 'MAAAAAAAA');
    const rows: [
      title: string,
      step: IdentityStep,
      message: RegExp,
      spoil: (file: typeof files) => void,
    ][] = [
      [
        'roots that are absent',
        'ca',
        /ca\.pem: cannot be read: no such file or directory; put the/,
        (f) => (f.caCertFile += '.no/ca.pem'),
      ],
      [
        'roots that are empty',
        'ca',
        /ca\.pem: is empty; put/,
        (f) => writeFileSync(f.caCertFile, ''),
      ],
      [
        'roots in DER',
        'ca',
        /ca\.pem: contains no PEM certificate/,
        (f) => writeFileSync(f.caCertFile, new X509Certificate(authority.cert).raw),
      ],
      [
        // errors.md: ca
        'a damaged second root',
        'ca',
        /certificate 2 of 2 is damaged/,
        (f) => writeFileSync(f.caCertFile, authority.cert + damaged(authority.cert)),
      ],
      [
        'roots of over a megabyte',
        'ca',
        /larger than 1048576 bytes/,
        (f) => writeFileSync(f.caCertFile, authority.cert.repeat(3000)),
      ],
      [
        'a certificate that is absent',
        'certificate',
        /cannot be read: no such file or directory; provision the device, or correct identity\.cert_file/,
        (f) => (f.certFile += 'x'),
      ],
      [
        'a certificate that is a folder',
        'certificate',
        /is not a regular file/,
        (f) => {
          f.certFile += '.d';
          mkdirSync(f.certFile);
        },
      ],
      [
        // errors.md: certificate
        'a damaged certificate',
        'certificate',
        /cert\.pem: is not a certificate, neither PEM nor DER; provision/,
        (f) => writeFileSync(f.certFile, damaged(client.cert)),
      ],
      [
        'a key in place of the certificate',
        'certificate',
        /is not a certificate/,
        (f) => writeFileSync(f.certFile, client.key),
      ],
      [
        'a key that is absent',
        'key',
        /key\.pemx: cannot be read: no such file.*identity\.key_file/,
        (f) => (f.keyFile += 'x'),
      ],
      [
        'a key of rubbish',
        'key',
        /key\.pem: is not a private key, neither PEM nor DER/,
        (f) => writeFileSync(f.keyFile, 'rubbish'),
      ],
      [
        // errors.md: key
        'a damaged key',
        'key',
        /key\.pem: is a damaged PEM key/,
        (f) => writeFileSync(f.keyFile, damaged(client.key)),
      ],
      [
        'a certificate in place of the key',
        'key',
        /is PEM but contains no private key/,
        (f) => writeFileSync(f.keyFile, client.cert),
      ],
      [
        'an encrypted key',
        'key',
        /is encrypted; store the key without a pass phrase/,
        (f) => writeFileSync(f.keyFile, encrypted),
      ],
      [
        'a damaged key of a TPM',
        'key',
        /is a damaged key of a TPM .*enftun keygen --tpm/,
        (f) =>
          writeFileSync(
            f.keyFile,
            '-----BEGIN TSS2 PRIVATE KEY-----\nAAAA\n-----END TSS2 PRIVATE KEY-----\n',
          ),
      ],
      [
        'a key inside a TPM, old form',
        'key',
        /is a TSS2 KEY BLOB of an earlier tool/,
        (f) =>
          writeFileSync(
            f.keyFile,
            '-----BEGIN TSS2 KEY BLOB-----\r\nAAAA\r\n-----END TSS2 KEY BLOB-----\r\n',
          ),
      ],
      [
        // errors.md: pair
        'the key of another certificate',
        'pair',
        /key\.pem: is not the key of the certificate .*cert\.pem/,
        (f) =>
          writeFileSync(f.keyFile, otherKey.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      ],
    ];
    for (const [title, step, message, spoil] of rows) {
      it(title, async () => {
        spoil(files);
        await assertRefused(files, step, message);
      });
    }

    // errors.md: name
    it('a certificate without an address', async () => {
      const server = authority.issueServer();
      writeFileSync(files.certFile, server.cert);
      writeFileSync(files.keyFile, server.key);
      await assertRefused(
        files,
        'name',
        /cert\.pem: the commonName "router\.enftun\.example" is neither/,
      );
    });

    it('settings that name no file', async () => {
      await assertRefused(
        { ...files, certFile: undefined },
        'certificate',
        /^identity\.cert_file is not set/,
      );
      await assertRefused(
        { ...files, keyFile: undefined },
        'key',
        /^identity\.key_file is not set/,
      );
    });

    it('a key that an editor saved in UTF-16', async () => {
      writeFileSync(files.keyFile, Buffer.from(`\ufeff${client.key}`, 'utf16le'));
      await assertRefused(files, 'key', /key\.pem: is text in UTF-16, not in ASCII or UTF-8; /);
    });

    it('a pipe, without waiting for a writer', async () => {
      files.keyFile += '.fifo';
      execFileSync('mkfifo', [files.keyFile]);
      await assertRefused(files, 'key', /is not a regular file/);
    });
  });

  it('does not blame the files where the process has no descriptor left', () => {
    const child = path.join(import.meta.dirname, 'few-descriptors-child.ts');
    const node = [process.execPath, ...process.execArgv, child];
    const shell = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', ...node];
    const said = execFileSync('sh', [...shell, ...Object.values(files)], { encoding: 'utf8' });
    assert.match(said, /^EnvironmentError: .*ca\.pem: cannot be read: too many open files; this/);
    assert.doesNotMatch(said, /root certificate|provision/);
  });

  describe('and the TLS library', () => {
    const put = ({ cert, key }: Credential): void => {
      writeFileSync(files.certFile, cert);
      writeFileSync(files.keyFile, key);
    };

    for (const kind of ['EC:P-384', 'EC:P-521', 'ED25519', 'ED448', 'RSA:2048', 'RSA-PSS:2048']) {
      it(`take a key of the kind ${kind}`, async () => {
        put(opensslCredential({ key: kind }));
        assert.equal((await loadIdentity(files)).addressText, 'fd00:8f80:1::1234');
      });
    }

    const unusable: [kind: string, name: string][] = [
      ['EC:prime192v1', 'a prime192v1 key'],
      ['EC:secp224r1', 'a secp224r1 key'],
      ['EC:secp256k1', 'a secp256k1 key'],
      ['EC:brainpoolP256r1', 'a brainpoolP256r1 key'],
      ['DSA', 'a DSA key'],
      ['X25519', 'a X25519 key'],
    ];
    for (const [kind, name] of unusable) {
      it(`refuse a key of the kind ${kind}`, async () => {
        put(opensslCredential({ key: kind }, authority));
        const words = `key\\.pem: is ${name}, which no TLS 1\\.3 server accepts; have a certificate`;
        await assertRefused(files, 'key', new RegExp(words));
      });
    }

    it('refuse a key that is too short', async () => {
      put(opensslCredential({ key: 'RSA:512' }));
      const words =
        /cert\.pem: cannot be used: its key is too short .*\(ERR_SSL_EE_KEY_TOO_SMALL\)/;
      await assertRefused(files, 'certificate', words);
    });

    const debatable: [what: string, options: OpensslOptions][] = [
      ['signed with SHA-1', { digest: 'sha1' }],
      ['with an RSA key of 1024 bits', { key: 'RSA:1024' }],
    ];
    for (const [what, options] of debatable) {
      it(`agree about a certificate ${what}`, async () => {
        const credential = opensslCredential(options, authority);
        put(credential);
        let code: string | undefined;
        try {
          tls.createSecureContext({ ...credential, ca: authority.cert });
        } catch (error) {
          ({ code } = error as NodeJS.ErrnoException);
        }
        if (code === undefined) return void (await loadIdentity(files));
        await assertRefused(files, 'certificate', new RegExp(`cannot be used: .* \\(${code}\\)`));
      });
    }
  });

  it('carries the errno of the system', async () => {
    files.certFile = path.join(files.keyFile, 'below-a-file');
    await assert.rejects(loadIdentity(files), { errno: 'ENOTDIR', step: 'certificate' });
  });

  it('reads nothing twice: a replaced file counts from the next call on', async () => {
    const before = await loadIdentity(files);
    const next = authority.issueClient('fd00::8');
    writeFileSync(files.certFile, next.cert);
    writeFileSync(files.keyFile, next.key);
    assert.equal(before.addressText, 'fd00:8f80:1::1234');
    assert.equal((await loadIdentity(files)).addressText, 'fd00::8');
  });
});

async function assertRefused(
  files: Parameters<typeof loadIdentity>[0],
  step: IdentityStep,
  message: RegExp,
): Promise<void> {
  await assert.rejects(loadIdentity(files), (error) => {
    assert.ok(error instanceof IdentityError, String(error));
    assert.ok(error instanceof EnvironmentError);
    assert.match(error.message, message);
    assert.equal(error.step, step);
    return true;
  });
}
