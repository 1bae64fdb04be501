import assert from 'node:assert/strict';
import { chmodSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { IdentityError } from '../../../../src/identity/identity-error.ts';
import { createAuthority } from '../../../../src/dev/pki/authority.ts';
import { IdentitySource } from '../../../../src/daemon/reload/identity-source.ts';
import { opensslCredential } from '../../identity/openssl-credential.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

const authority = createAuthority();
const first = authority.issueClient('fd00::1');
const second = authority.issueClient('fd00::2', {
  validity: { notAfter: new Date('2030-01-10T00:00:00Z') },
});

describe('identity source', () => {
  const folder = scratchFolder();
  let log: MemoryLog;
  let source: IdentitySource;
  const file = (name: string): string => path.join(folder(), name);
  const put = ({ cert, key }: typeof first): void => {
    writeFileSync(file('cert'), cert);
    writeFileSync(file('key'), key);
    chmodSync(file('key'), 0o600);
  };

  beforeEach(() => {
    log = new MemoryLog();
    writeFileSync(file('ca'), authority.cert);
    source = new IdentitySource(
      () => ({ caCertFile: file('ca'), certFile: file('cert'), keyFile: file('key') }),
      log,
      () => new Date('2030-01-01T00:00:00Z'),
    );
  });

  it('has none until there is one', async () => {
    await assert.rejects(source.load(), IdentityError);
    assert.equal(await source.reload(), false);
    put(first);
    assert.equal((await source.load()).addressText, 'fd00::1');
  });

  it('takes up a new one', async () => {
    put(first);
    await source.load();
    put(second);
    assert.equal((await source.load()).addressText, 'fd00::2');
  });

  it('reports whether a reload brought another one', async () => {
    put(first);
    assert.equal(await source.reload(), true, 'the first');
    assert.equal(await source.reload(), false);
    put(second);
    assert.equal(await source.reload(), true);
    writeFileSync(file('ca'), authority.cert + createAuthority().cert);
    assert.equal(await source.reload(), true, 'other roots');
  });

  for (const [name, spoil] of [
    ['a certificate and a key of two issues', () => writeFileSync(file('cert'), second.cert)],
    ['half a key', () => writeFileSync(file('key'), first.key.slice(0, 60))],
    ['no certificate', () => unlinkSync(file('cert'))],
    [
      'a certificate that the TLS library refuses',
      () => put(opensslCredential({ key: 'RSA:512' })),
    ],
    ['a key that no server takes', () => put(opensslCredential({ key: 'EC:secp256k1' }))],
    ['an empty file of roots', () => writeFileSync(file('ca'), '')],
  ] as const) {
    it(`keeps the one it has in place of ${name}, and says so`, async () => {
      put(first);
      await source.load();
      spoil();
      assert.equal(await source.reload(), false);
      assert.equal((await source.load()).addressText, 'fd00::1');
      assert.match(log.lines[0]!, /^warning: .*\[identity-kept\]$/);
    });
  }

  it('warns of roots when none is left that stays', async () => {
    put(first);
    const old = createAuthority({
      name: 'old root',
      validity: { notAfter: new Date('2029-12-31T00:00:00Z') },
    });
    writeFileSync(file('ca'), old.cert + authority.cert);
    await source.load();
    assert.deepEqual(log.lines, [], 'another root stays');
    writeFileSync(file('ca'), old.cert);
    await source.load();
    assert.match(
      log.lines.join(),
      /ca: the root certificate "old root" expired on 2029-12-31; put the network's current root/,
    );
  });

  it('warns of a certificate that ends soon', async () => {
    put(second);
    await source.load();
    assert.match(log.lines.join(), /the certificate expires on 2030-01-10/);
  });
});
