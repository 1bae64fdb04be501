/** Every command against a real swtpm. */
import assert from 'node:assert/strict';
import { constants, createHash, createPublicKey, verify } from 'node:crypto';
import {
  algorithms,
  curves,
  ecdaaSha256,
  ecdaaTemplate,
  firstHandles,
  hierarchies,
  objectAttributes,
  parentTemplate,
  properties,
  signingTemplate,
  type Tpm,
} from '../../src/index.ts';
import { assertSigned, parentHandle, Simulator } from './simulator.ts';

const text = Buffer.from('text');
const digest = createHash('sha256').update(text).digest();
/** The generator of BN_P256. */
const generator = { x: coordinate(1), y: coordinate(2) };

describe('commands on a simulator', () => {
  let simulator: Simulator;
  let tpm: Tpm;

  before(async () => {
    simulator = await Simulator.start();
    ({ tpm } = simulator);
  });

  after(() => simulator.stop());

  afterEach('nothing is left in the memory of the TPM', async () => {
    assert.deepEqual(await tpm.listCapability('handles', firstHandles.transient), []);
  });

  it('lists properties, algorithms, commands, curves and handles', async () => {
    assert.equal(await tpm.getProperty(properties.familyIndicator), 0x322e3000);
    assert.equal(await tpm.getProperty(0x1fe), undefined);
    const ids = async (kind: Parameters<typeof tpm.listCapability>[0], first = 0) =>
      (await tpm.listCapability(kind, first)).map(({ id }) => id);
    assert.ok((await ids('algorithms')).includes(algorithms.ECDAA));
    assert.ok((await ids('curves')).includes(curves.BN_P256));
    assert.deepEqual(await ids('handles', firstHandles.persistent), [parentHandle]);
    const commands = await ids('commands');
    assert.ok(commands.length > 90, 'more than one page');
    assert.equal(new Set(commands).size, commands.length);
  });

  it('transmits the bytes of a command, and leaves them to their owner', async () => {
    const getFourBytes = '80010000000c0000017b0004';
    const command = Buffer.from(getFourBytes, 'hex');
    const answer = await tpm.transport.transmit(command);
    assert.equal(answer.length, command.length + 4);
    assert.equal(command.toString('hex'), getFourBytes);
  });

  it('returns as many random bytes as asked for', async () => {
    const random = await tpm.getRandom(500);
    assert.equal(random.length, 500);
    assert.notDeepEqual(await tpm.getRandom(500), random);
    assert.equal((await tpm.getRandom(0)).length, 0);
  });

  it('hashes, with a ticket', async () => {
    const { digest, ticket } = await tpm.hash(Buffer.from('abc'), {
      hierarchy: hierarchies.owner,
    });
    assert.deepEqual(Buffer.from(digest), createHash('sha256').update('abc').digest());
    assert.equal(ticket.hierarchy, hierarchies.owner);
    assert.equal(ticket.digest.length, 64);
  });

  it('signs with a created key, and OpenSSL verifies', async () => {
    const auth = Buffer.from('pin');
    const made = await tpm.create(parentHandle, signingTemplate, { newAuth: auth });
    await using key = await tpm.load(parentHandle, made);
    const signature = await tpm.sign(key.handle, digest, { auth });
    assertSigned((await tpm.readPublic(key.handle)).public, text, signature);
  });

  it('signs with a restricted key what the TPM has hashed', async () => {
    await using key = await tpm.createPrimary(hierarchies.owner, {
      ...signingTemplate,
      attributes: signingTemplate.attributes | objectAttributes.restricted,
      scheme: { algorithm: algorithms.ECDSA, hash: algorithms.SHA256 },
    });
    const hashed = await tpm.hash(text, { hierarchy: hierarchies.owner });
    const { ticket } = hashed;
    const signature = await tpm.sign(key.handle, hashed.digest, { scheme: null, ticket });
    assertSigned(key.public, text, signature);
    await assert.rejects(tpm.sign(key.handle, digest, { scheme: null }), /TPM_RC_TICKET/);
  });

  it('commits and signs with ECDAA; a counter serves once', async () => {
    const made = await tpm.create(parentHandle, ecdaaTemplate);
    await using key = await tpm.load(parentHandle, made);
    const { k, e, counter } = await tpm.commit(key.handle, generator);
    assert.equal(k.x.length, 0);
    assert.ok(e.x.length > 24 && e.y.length > 24);
    const scheme = ecdaaSha256(counter);
    const signature = await tpm.sign(key.handle, digest, { scheme });
    assert.equal(signature.algorithm, algorithms.ECDAA);
    await assert.rejects(
      tpm.sign(key.handle, digest, { scheme }),
      /TPM2_Sign failed: TPM_RC_VALUE/,
    );
  });

  it('commits to a second base point', async () => {
    const made = await tpm.create(parentHandle, ecdaaTemplate);
    await using key = await tpm.load(parentHandle, made);
    // The point that the basename "xaprcnet" hashes to, at its first attempt.
    const y2 = Buffer.from(
      'c321ad7e513fb336cf84152a73052378d2996f3920401e8c3f2b6b04f7acf622',
      'hex',
    );
    const s2 = Buffer.concat([Buffer.alloc(4), Buffer.from('xaprcnet')]);
    const { k, l, counter } = await tpm.commit(key.handle, generator, { s2, y2 });
    assert.ok(k.x.length > 24 && l.x.length > 24);
    await tpm.sign(key.handle, Buffer.alloc(32, 1), { scheme: ecdaaSha256(counter) });
  });

  it('loads a public key alone', async () => {
    const { public: area } = await tpm.create(parentHandle, signingTemplate);
    const attributes = area.attributes & (objectAttributes.sign | objectAttributes.userWithAuth);
    await using key = await tpm.loadExternal({ ...area, attributes });
    const loaded = (await tpm.readPublic(key.handle)).public;
    assert.deepEqual(loaded, { ...area, attributes });
  });

  it('derives the same primary key each time', async () => {
    const names: Uint8Array[] = [];
    for (let i = 0; i < 2; i++) {
      await using key = await tpm.createPrimary(hierarchies.owner, parentTemplate);
      names.push(key.name);
    }
    assert.deepEqual(names[0], names[1]);
    assert.deepEqual((await tpm.readPublic(parentHandle)).name, names[0]);
  });

  it('keeps an object and removes it', async () => {
    const handle = 0x81000010;
    await using key = await tpm.createPrimary(hierarchies.owner, signingTemplate);
    await tpm.evictControl(key.handle, handle);
    await assert.rejects(tpm.evictControl(key.handle, handle), /TPM_RC_NV_DEFINED.*is taken/);
    await tpm.evictControl(handle, handle);
    await assert.rejects(tpm.readPublic(handle), /TPM_RC_HANDLE \(0x18b\) for handle 1; nothing/);
  });

  it('flushes once, and takes an object that is gone for flushed', async () => {
    const key = await tpm.createPrimary(hierarchies.owner, signingTemplate);
    await tpm.flushContext(key.handle);
    await key.flush();
    await key.flush();
  });

  it('signs with an RSA key', async () => {
    const scheme = { algorithm: algorithms.RSASSA, hash: algorithms.SHA256 };
    await using key = await tpm.createPrimary(hierarchies.owner, {
      ...signingTemplate,
      type: 'rsa',
      keyBits: 2048,
      exponent: 0,
      modulus: new Uint8Array(),
    });
    assert.ok(key.public.type === 'rsa');
    const n = Buffer.from(key.public.modulus).toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
    const signed = await tpm.sign(key.handle, digest, { scheme });
    assert.ok(signed.type === 'rsa');
    const padded = { key: publicKey, padding: constants.RSA_PKCS1_PADDING };
    assert.ok(verify('sha256', text, padded, signed.signature));
  }).timeout(120_000);
});

function coordinate(value: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? value : 0));
}
