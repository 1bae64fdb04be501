/** A member of a group whose key and credentials are in a TPM, against the XTT server and its verification. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Tpm, type TctiTransport } from 'tss2-node';
import { Swtpm } from 'tss2-node/testing';
import {
  createEcdsaKey,
  createIssuer,
  readGroup,
  rootCertificate,
  signDaa,
  verifyDaa,
  type DaaIssuer,
} from 'xtt';
import { readGroupCredentials } from '../../src/identity/xtt/group-credentials.ts';
import { TpmGroup } from '../../src/identity/xtt/tpm-group.ts';
import { lockableTemplate, prepareTpm, writeObject } from '../../src/dev/pki/tpm-factory.ts';
import type { SharedObjects } from '../../src/dev/pki/tpm-factory.ts';

const basename = Buffer.from('xaprcnet');
const pem = `-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(400)}\n-----END CERTIFICATE-----\n`;

describe('a member of a group in a TPM', () => {
  const signal = new AbortController().signal;
  const message = randomBytes(64);
  let swtpm: Swtpm;
  let tpm: Tpm<TctiTransport>;
  let issuer: DaaIssuer;
  let shared: SharedObjects;

  before(async () => {
    swtpm = await Swtpm.start();
    tpm = Tpm.open(swtpm.configuration);
    issuer = createIssuer(randomBytes);
    shared = {
      groupKey: issuer.publicKey,
      basename,
      root: rootCertificate(randomBytes(16), createEcdsaKey().publicKey),
      tunnelRoots: Buffer.from(`${pem}\0\0\0`),
    };
    await prepareTpm(swtpm.configuration, issuer, shared);
  });
  after(async () => {
    await tpm.close();
    await swtpm.stop();
  });

  it('signs so that its group accepts it, each time under the same pseudonym', async () => {
    await using group = new TpmGroup(swtpm.configuration, signal);
    const { credential, member, ...read } = await readGroupCredentials(group, undefined);
    const known = readGroup(issuer.publicKey, basename);
    assert.deepEqual(Buffer.from(read.groupId), Buffer.from(known.id));
    // Longer than the pieces in which a TPM gives its memory, and without what is behind the text.
    assert.equal(read.tunnelRoots, pem);
    const pseudonyms = [];
    for (let i = 0; i < 3; i++) {
      const signature = await signDaa({ member, credential, basename }, message, randomBytes);
      pseudonyms.push(Buffer.from(verifyDaa(known, message, signature)).toString('hex'));
    }
    assert.equal(new Set(pseudonyms).size, 1);
  });

  it('signs under another pseudonym for the basename of the configuration', async () => {
    await using group = new TpmGroup(swtpm.configuration, signal);
    const read = await readGroupCredentials(group, 'another');
    const known = readGroup(issuer.publicKey, Buffer.from('another'));
    assert.deepEqual(Buffer.from(read.groupId), Buffer.from(known.id));
    const signature = await signDaa(read, message, randomBytes);
    verifyDaa(known, message, signature);
  });

  // errors.md: group
  it('names what a TPM lacks, and where', async () => {
    await using other = await Swtpm.start();
    await using group = new TpmGroup(other.configuration, signal);
    await assert.rejects(readGroupCredentials(group, undefined), {
      reason: 'group',
      message:
        'TPM, NV index 0x01410007: the basename of the group is missing; prepare this device for its group',
    });
  });

  it('names an object that is damaged', async () => {
    await writeObject(tpm, 'tunnelRoots', Buffer.from('no certificate'));
    await using group = new TpmGroup(swtpm.configuration, signal);
    await assert.rejects(readGroupCredentials(group, undefined), {
      reason: 'group',
      message: /NV index 0x01410005: not usable as the roots of the tunnel/,
    });
    await writeObject(tpm, 'tunnelRoots', shared.tunnelRoots);
  });

  it('signs although the TPM is locked out, unless its key does not allow that', async () => {
    await tpm.dictionaryAttackParameters({
      maxFailures: 0,
      recoverySeconds: 1000,
      lockoutRecoverySeconds: 1000,
    });
    await using group = new TpmGroup(swtpm.configuration, signal);
    const { credential, member } = await readGroupCredentials(group, undefined);
    await signDaa({ member, credential, basename }, message, randomBytes);
    await prepareTpm(swtpm.configuration, issuer, shared, lockableTemplate);
    const failed = await group.member.sign(new Uint8Array(32), 0).catch((error: unknown) => error);
    assert.match(
      String(await group.explain(failed)),
      /the TPM refuses to use keys: locked out.*tpm2_dictionarylockout -c/,
    );
  });
});
