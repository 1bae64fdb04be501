import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, ParseError } from '../../../../src/core/errors.ts';
import {
  createAuthority,
  loadAuthority,
  selfSignClient,
} from '../../../../src/dev/pki/authority.ts';
import type { Credential } from '../../../../src/dev/pki/authority.ts';

const address = 'fd00:8f80:1::1234';
const authority = createAuthority();

function parse({ cert, key }: Credential): X509Certificate {
  const certificate = new X509Certificate(cert);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  assert.deepEqual(certificate.publicKey.export({ type: 'spki', format: 'der' }), publicKey);
  return certificate;
}

describe('pki', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pki-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** An independent judge. */
  function openssl(...words: string[]): string {
    return execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  }
  function put(name: string, text: string): string {
    writeFileSync(path.join(folder, name), text);
    return name;
  }

  it('an authority signs servers and clients that openssl accepts strictly', () => {
    const ca = put('ca.pem', authority.cert);
    const server = put('server.pem', authority.issueServer({ name: 'router.test' }).cert);
    const client = put('client.pem', authority.issueClient(address).cert);
    const verify = ['verify', '-x509_strict', '-CAfile', ca];
    const forServer = [...verify, '-purpose', 'sslserver', '-verify_hostname', 'router.test'];
    assert.match(openssl(...forServer, server), /server.pem: OK/);
    assert.match(openssl(...verify, '-purpose', 'sslclient', client), /client.pem: OK/);
    assert.throws(() => openssl(...verify, '-purpose', 'sslclient', server), /purpose/);
    assert.throws(() => openssl(...verify, '-purpose', 'sslserver', client), /purpose/);
  });

  it('lasts from the year 0000 to 9999', () => {
    const client = put('always.pem', authority.issueClient(address).cert);
    const dates = openssl('x509', '-in', client, '-noout', '-startdate', '-enddate');
    assert.equal(dates, 'notBefore=Jan  1 00:00:00 0 GMT\nnotAfter=Dec 31 23:59:59 9999 GMT\n');
    const der = parse(selfSignClient(address)).raw.toString('latin1');
    assert.ok(der.includes('\x18\x0f00000101000000Z\x18\x0f99991231235959Z'));
  });

  it('takes other dates, two-digit years until 2049', () => {
    const validity = {
      notBefore: new Date('2026-01-02T03:04:05Z'),
      notAfter: new Date('2050-01-01'),
    };
    const der = parse(authority.issueClient(address, { validity })).raw.toString('latin1');
    assert.ok(der.includes('\x17\x0d260102030405Z\x18\x0f20500101000000Z'));
    const backwards = { notBefore: validity.notAfter, notAfter: validity.notBefore };
    assert.throws(() => authority.issueClient(address, { validity: backwards }), ParseError);
    const never = { notAfter: new Date('never') };
    assert.throws(() => authority.issueClient(address, { validity: never }), ParseError);
  });

  it('names a client by its address, in hex digits or with colons', () => {
    const upper = '2001:0DB8:8000:0000:0123:4567:89AB:CDEF';
    const hex = parse(authority.issueClient(upper));
    assert.equal(hex.subject, 'CN=20010db8800000000123456789abcdef');
    assert.equal(hex.subjectAltName, 'IP Address:2001:DB8:8000:0:123:4567:89AB:CDEF');
    const colons = parse(selfSignClient(upper, { nameFormat: 'colons' }));
    assert.equal(colons.subject, 'CN=2001:db8:8000:0:123:4567:89ab:cdef');
  });

  it('makes clients that only signed themselves', () => {
    const client = parse(selfSignClient(address));
    assert.equal(client.issuer, client.subject);
    assert.ok(client.verify(client.publicKey));
    assert.equal(client.ca, false);
    assert.notEqual(parse(selfSignClient(address)).serialNumber, client.serialNumber);
  });

  it('puts host names and addresses of a server into the certificate', () => {
    const alternativeNames = ['192.0.2.1', '2001:db8::1', '*.enf.test'];
    const server = parse(authority.issueServer({ name: 'router', alternativeNames }));
    assert.equal(server.checkHost('router'), 'router');
    assert.equal(server.checkHost('any.enf.test'), '*.enf.test');
    assert.equal(server.checkIP('192.0.2.1'), '192.0.2.1');
    assert.equal(server.checkIP('2001:db8::1'), '2001:db8::1');
    assert.equal(server.checkHost('other'), undefined);
  });

  const notAddresses = ['', '192.0.2.1', 'fd00::1%eth0', 'fd00::1/64', 'router', '[fd00::1]'];
  const badAddresses = [...notAddresses, '::', '::1', 'ff02::1', 'fe80::1'];
  for (const bad of badAddresses) {
    it(`refuses the client address "${bad}"`, () => {
      assert.throws(() => authority.issueClient(bad), ParseError);
      assert.throws(() => selfSignClient(bad), ParseError);
    });
  }

  const badNames = ['', 'two words', '-x', 'a..b', 'a'.repeat(64), 'a.*', 'name:443'];
  for (const bad of badNames) {
    it(`refuses the server name "${bad}"`, () => {
      assert.throws(() => authority.issueServer({ name: bad }), ParseError);
    });
  }

  describe('an authority from files', () => {
    const source = (credential: Credential) => ({
      ...credential,
      certFile: 'the.crt',
      keyFile: 'the.key',
    });

    it('signs on', () => {
      const loaded = loadAuthority(source(authority));
      const client = parse(loaded.issueClient(address));
      assert.ok(client.checkIssued(new X509Certificate(authority.cert)));
      assert.ok(client.verify(new X509Certificate(authority.cert).publicKey));
    });

    it('signs for an authority that openssl made, with a name of several parts', () => {
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
      const subject = ['-subj', '/C=DE/O=Some other/CN=A root', '-days', '3'];
      openssl('req', '-x509', '-nodes', ...curve, ...subject, '-keyout', 'o.key', '-out', 'o.crt');
      const [cert, key] = ['o.crt', 'o.key'].map((name) =>
        readFileSync(path.join(folder, name), 'utf8'),
      );
      const loaded = loadAuthority(source({ cert: cert!, key: key! }));
      const client = put('foreign.pem', loaded.issueClient(address).cert);
      // Not strictly: openssl's own authority has no key usage.
      assert.match(openssl('verify', '-CAfile', 'o.crt', '-purpose', 'sslclient', client), /OK/);
    });

    const other = createAuthority();
    const rsa = () => openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
    const rows: [name: string, credential: () => Credential, message: RegExp][] = [
      ['no certificate', () => ({ ...authority, cert: 'x' }), /^the\.crt: .*PEM certificate/],
      ['no key', () => ({ ...authority, key: authority.cert }), /^the\.key: .*private key/],
      ['a client', () => authority.issueClient(address), /^the\.crt: .*may not sign/],
      ['a strange key', () => ({ ...authority, key: other.key }), /^the\.key: .*the\.crt/],
      ['an RSA key', () => ({ ...authority, key: rsa() }), /^the\.key: .*P-256, found rsa/],
    ];
    for (const [name, credential, message] of rows) {
      it(`names the file at fault: ${name}`, () => {
        assert.throws(
          () => loadAuthority(source(credential())),
          (error) => error instanceof ConfigError && message.test(error.message),
        );
      });
    }
  });
});
