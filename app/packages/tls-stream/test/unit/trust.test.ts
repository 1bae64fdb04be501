/** Which servers are trusted. A server that is not does not see our certificate. */
import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { TlsTrustError } from '../../src/index.ts';
import { fromNow, issue, type Identity } from '../certificates.ts';
import { Rig, root, serverIdentity, type ClientOptions } from '../rig.ts';

const foreign = issue({ name: 'foreign', isRoot: true });
const later = { notBefore: fromNow(10), notAfter: fromNow(20) };
const notYetValid = issue({ name: 'server', issuer: root, ...later });
const acceptNotYetValid = true;

interface Row {
  readonly name: string;
  readonly shows: Identity;
  readonly asks?: ClientOptions;
  readonly code: string;
  readonly depth?: number;
  readonly above?: Identity;
}

const middle = issue({ name: 'middle', issuer: root, isRoot: true, notAfter: fromNow(-0.5) });

const refused: readonly Row[] = [
  {
    name: 'a server below a foreign root',
    shows: issue({ name: 'server', issuer: foreign }),
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
  {
    name: 'a server that signs itself',
    shows: issue({ name: 'server' }),
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  {
    name: 'a server that brings its own root',
    shows: issue({ name: 'server', issuer: foreign }),
    above: foreign,
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
    depth: 1,
  },
  {
    name: 'an expired certificate',
    shows: issue({ name: 'server', issuer: root, notAfter: fromNow(-0.5) }),
    code: 'CERT_HAS_EXPIRED',
  },
  {
    name: 'an expired certificate above that of the server',
    shows: issue({ name: 'server', issuer: middle }),
    above: middle,
    code: 'CERT_HAS_EXPIRED',
    depth: 1,
  },
  {
    name: 'a certificate for clients',
    shows: issue({ name: 'server', issuer: root, purpose: 'client' }),
    code: 'INVALID_PURPOSE',
  },
  {
    name: 'another name',
    shows: serverIdentity,
    asks: { serverName: 'other.example' },
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'a name of which a part is a wildcard',
    shows: issue({ name: 'server', issuer: root, dnsName: 'e*.enf.example' }),
    asks: { serverName: 'east.enf.example' },
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'another key than the pinned one',
    shows: serverIdentity,
    asks: { serverPins: [root.pin] },
    code: 'ERR_TLS_KEY_NOT_PINNED',
  },
  {
    name: 'a certificate that is not valid yet',
    shows: notYetValid,
    code: 'CERT_NOT_YET_VALID',
  },
  {
    name: 'one that is not valid yet, below a foreign root, where the clock may be behind',
    shows: issue({ name: 'server', issuer: foreign, ...later }),
    asks: { acceptNotYetValid },
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
  {
    name: 'one that is not valid yet and for clients, where the clock may be behind',
    shows: issue({ name: 'server', issuer: root, purpose: 'client', ...later }),
    asks: { acceptNotYetValid },
    code: 'INVALID_PURPOSE',
  },
  {
    name: 'one that is not valid yet and has another name, where the clock may be behind',
    shows: notYetValid,
    asks: { acceptNotYetValid, serverName: 'other.example' },
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'one that is not valid yet and not pinned, where the clock may be behind',
    shows: notYetValid,
    asks: { acceptNotYetValid, serverPins: [root.pin] },
    code: 'ERR_TLS_KEY_NOT_PINNED',
  },
  {
    name: 'one that is not valid yet below an expired one, where the clock may be behind',
    shows: issue({ name: 'server', issuer: middle, ...later }),
    above: middle,
    asks: { acceptNotYetValid },
    code: 'CERT_HAS_EXPIRED',
    depth: 1,
  },
];

describe('the trust in a server', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  for (const { name, shows, above, asks, code, depth = 0 } of refused) {
    it(`is refused to ${name}`, async () => {
      const sessions: TLSSocket[] = [];
      const options = { cert: shows.cert + (above?.cert ?? ''), key: shows.key };
      const port = await rig.tlsServer((session) => sessions.push(session), options);
      const error = await rig.client(port, asks).then(
        () => assert.fail('it was trusted'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof TlsTrustError, String(error));
      assert.deepEqual([error.code, error.depth], [code, depth]);
      assert.equal(error.pin, shows.pin);
      assert.ok(shows.cert.includes(Buffer.from(error.chain[0]!).toString('base64')));
      assert.ok(above === undefined || error.chain.length > 1);
      assert.equal(sessions.length, 0);
    });
  }

  it('is given to the name and the key that were asked for; the server gets the name', async () => {
    let named: string | false = false;
    const port = await rig.tlsServer((session) => (named = session.servername ?? false));
    const stream = await rig.client(port, {
      serverName: 'enf.example',
      serverPins: [root.pin, serverIdentity.pin],
    });
    assert.equal(stream.pin, serverIdentity.pin);
    while (named === false) await new Promise(setImmediate);
    assert.equal(named, 'enf.example');
  });

  it('is given to a certificate that is not valid yet, where the clock may be behind', async () => {
    const { cert, key } = notYetValid;
    const port = await rig.tlsServer(() => undefined, { cert, key });
    const stream = await rig.client(port, { acceptNotYetValid });
    assert.deepEqual(stream.notYetValid, later.notBefore);
  });

  it('names the latest begin of the chain', async () => {
    const above = issue({
      name: 'middle',
      issuer: root,
      isRoot: true,
      notBefore: fromNow(30),
      notAfter: fromNow(40),
    });
    const leaf = issue({ name: 'server', issuer: above, ...later });
    const port = await rig.tlsServer(() => undefined, {
      cert: leaf.cert + above.cert,
      key: leaf.key,
    });
    const stream = await rig.client(port, { acceptNotYetValid });
    assert.deepEqual(stream.notYetValid, fromNow(30));
  });
});
