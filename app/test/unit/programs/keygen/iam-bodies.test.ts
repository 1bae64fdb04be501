import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  readEndpoint,
  readLogin,
  readReason,
} from '../../../../src/programs/keygen/iam-answers.ts';
import { endpointBody, loginBody } from '../../../../src/programs/keygen/iam-requests.ts';

const point = Buffer.alloc(65, 0xab).fill(4, 0, 1);
const key = point.toString('hex').toUpperCase();
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('keygen/iam-requests', () => {
  it('sends any user and password as JSON', () => {
    const texts = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(texts, texts, (username, token) => {
        const body = loginBody(username, Buffer.from(token));
        assert.deepEqual(JSON.parse(body.toString()), { username, token });
      }),
    );
    for (let code = 0; code < 0x80; code++) {
      const token = String.fromCharCode(code);
      assert.deepEqual(JSON.parse(loginBody('u', Buffer.from(token)).toString()), {
        username: 'u',
        token,
      });
    }
  });

  it('sends the key in upper case, and one address or network', () => {
    const network = '2607:8f80:8080:7::/64';
    assert.equal(
      endpointBody({ kind: 'network', text: network }, point).toString(),
      `{"ecdsa_credential":{"type":"ecdsa_p256","key":"${key}"},"address_request":{"network":"${network}"}}`,
    );
    const text = '2607:8f80:8080:7::1';
    const body = endpointBody({ kind: 'address', text }, point).toString();
    assert.match(body, /"address_request":\{"address":"2607:8f80:8080:7::1"\}\}$/);
  });
});

describe('keygen/iam-answers', () => {
  const login = (account: unknown) => json({ data: [account], page: {} });
  const endpoint = (change: object = {}) =>
    json({
      address: '2607:8f80:8080:7::1',
      network: '2607:8f80:8080:7::/64',
      active_credentials: { body: [{ type: 'ecdsa_p256', key, creation_timestamp: 'now' }] },
      ...change,
    });

  it('reads a login', () => {
    const read = readLogin(login({ token: 'abc.DEF-1==', domain_network: '2607::/64' }));
    assert.deepEqual(read, { ok: true, value: { token: 'abc.DEF-1==', network: '2607::/64' } });
    assert.deepEqual(readLogin(login({ token: 'abc', domain_network: null })), {
      ok: true,
      value: { token: 'abc', network: undefined },
    });
  });

  for (const [what, body] of [
    ['no JSON', Buffer.from('<html>')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['no account', json({ data: [] })],
    ['an account that is not an object', json({ data: ['token'] })],
    ['no token', login({})],
    ['a token that would end the header', login({ token: 'a\r\nHost: x' })],
    ['a token that is too long', login({ token: 'a'.repeat(4097) })],
  ] as const) {
    it(`refuses a login with ${what}`, () => assert.equal(readLogin(body).ok, false));
  }

  it('reads a registration', () => {
    const read = readEndpoint(endpoint(), point);
    assert.ok(read.ok);
    assert.equal(read.value.addressText, '2607:8f80:8080:7::1');
  });

  for (const [what, change, problem] of [
    ['without an address', { address: undefined }, /has no address/],
    ['of a link-local address', { address: 'fe80::1' }, /link-local/],
    ['of a very long address', { address: 'f'.repeat(9999) }, /longer than 45 characters/],
    ['without credentials', { active_credentials: {} }, /does not list the key/],
    [
      'of another key',
      { active_credentials: { body: [{ type: 'ecdsa_p256', key: key.replace('AB', '00') }] } },
      /does not list the key/,
    ],
  ] as const) {
    it(`refuses a registration ${what}`, () => {
      const read = readEndpoint(endpoint(change), point);
      assert.ok(!read.ok);
      assert.match(read.problem, problem);
    });
  }

  it('shows a reason that can be shown', () => {
    assert.equal(readReason(json({ reason: 'no\nsuch\x1b[2Jthing' }), []), 'no such [2Jthing');
    assert.equal(readReason(json({ reason: 'x'.repeat(1000) }), [])?.length, 200 + 23);
    assert.equal(readReason(json({ reason: 5 }), []), undefined);
    assert.equal(readReason(Buffer.from('<h1>reason</h1>'), []), undefined);
    assert.equal(readReason(Buffer.from('{&quot;reason&quot;:1}'), []), undefined);
  });

  it('shows no reason that repeats a secret', () => {
    const secrets = [Buffer.from('hunter2')];
    assert.equal(readReason(json({ reason: 'bad password hunter2' }), secrets), undefined);
    assert.equal(readReason(json({ reason: 'bad password' }), secrets), 'bad password');
    assert.equal(readReason(json({ reason: 'bad' }), [Buffer.alloc(0)]), 'bad');
  });
});
