import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hasCode } from '../has-code.ts';
import { handshakes, hex, common } from '../vectors.ts';
import { concat } from '../../src/bytes.ts';
import { cookieOf, deriveKeys, handshakeKeyHash, handshakeSecret } from '../../src/key-schedule.ts';
import { innerHash } from '../../src/key-schedule.ts';
import { checkHeader, checkSuite, errorMessage, header, layouts } from '../../src/message.ts';
import type { MessageType } from '../../src/message.ts';
import { MessageReader } from '../../src/message-reader.ts';
import { daaSignedBytes, longtermSignedBytes, serverSignedBytes } from '../../src/signed-bytes.ts';
import { suiteNamed, suites } from '../../src/suite.ts';
import { x25519Key } from '../../src/x25519.ts';

for (const vector of handshakes) {
  const suite = suites.find(({ id }) => id === vector.suite)!;
  const { client_init: clientInit, server_init_and_attest: serverAttest } = vector;
  const client = x25519Key(vector.client_x25519_private);
  const server = x25519Key(vector.server_x25519_private);
  const keys = () => deriveKeys(suite, client.agree(server.publicKey), clientInit, serverAttest);
  const attestClear = vector.client_attest.subarray(0, 136);

  describe(`key schedule of ${suite.name}`, () => {
    it('agrees on the secret of the vectors', () => {
      assert.equal(hex(client.publicKey), hex(clientInit.subarray(38)));
      assert.equal(hex(server.publicKey), hex(serverAttest.subarray(6, 38)));
      assert.equal(hex(client.agree(server.publicKey)), hex(vector.dh_shared));
      assert.equal(hex(server.agree(client.publicKey)), hex(vector.dh_shared));
    });

    it('hashes and derives as the vectors do', () => {
      const inner = innerHash(suite, clientInit, serverAttest);
      assert.equal(hex(inner), hex(vector.inner_hash));
      const keyHash = handshakeKeyHash(suite, inner, cookieOf(serverAttest));
      assert.equal(hex(keyHash), hex(vector.handshake_key_hash));
      assert.equal(hex(handshakeSecret(suite, vector.dh_shared)), hex(vector.handshake_secret));
      for (const [direction, sequence, key, nonce] of [
        ['client', 0, vector.client_key, vector.client_iv],
        ['server', 0, vector.server_key, vector.server_nonce_seq0],
        ['server', 1, vector.server_key, vector.server_nonce_seq1],
      ] as const) {
        const aead = keys().aeadKey(direction, sequence);
        assert.equal(hex(aead.key), hex(key));
        assert.equal(hex(aead.nonce), hex(nonce));
      }
    });

    it('encrypts and decrypts the messages of the vectors', () => {
      const rows = [
        [
          'server',
          0,
          serverAttest,
          168,
          concat(common.server_certificate, vector.server_signature),
        ],
        ['client', 0, vector.client_attest, 136, vector.client_attest_plaintext],
        [
          'server',
          1,
          vector.server_finished,
          6,
          concat(vector.assigned_id, common.longterm_public),
        ],
      ] as const;
      for (const [sender, sequence, message, clearLength, plain] of rows) {
        const clear = message.subarray(0, clearLength);
        const sealed = message.subarray(clearLength);
        assert.equal(hex(keys().open(sender, sequence, sealed, clear)), hex(plain));
        assert.equal(hex(keys().seal(sender, sequence, plain, clear)), hex(sealed));
        const changed = clear.with(0, clear[0]! ^ 1);
        assert.throws(() => keys().open(sender, sequence, sealed, changed), hasCode('decryption'));
      }
    });

    it('signs what the vectors sign', () => {
      const certificate = common.server_certificate;
      const serverSignature = vector.server_signature;
      const transcript = { clientInit, serverAttest, certificate, serverSignature };
      const plain = vector.client_attest_plaintext;
      assert.equal(hex(serverSignedBytes(suite, transcript)), hex(vector.server_sig_hash));
      const longterm = longtermSignedBytes(suite, transcript, attestClear, plain);
      assert.equal(hex(longterm), hex(vector.longterm_sig_hash));
      const daa = daaSignedBytes(suite, transcript, attestClear, plain);
      assert.equal(hex(daa), hex(vector.daa_sig_hash));
    });

    it('forgets the keys', () => {
      const shared = vector.dh_shared.slice();
      deriveKeys(suite, shared, clientInit, serverAttest);
      assert.ok(shared.every((byte) => byte === 0));
      const erased = keys();
      const { key } = erased.aeadKey('client', 0);
      erased.erase();
      assert.ok(key.every((byte) => byte === 0));
    });
  });

  describe(`signature coverage of ${suite.name}`, () => {
    const { client_init, server_init_and_attest, server_signature, client_attest_plaintext } =
      vector;
    const signed = (coverage: 'deployed' | 'full', cookieByte?: number, plainByte?: number) => {
      const serverAttest = server_init_and_attest.slice();
      const clear = attestClear.slice();
      if (cookieByte !== undefined) {
        serverAttest[38 + cookieByte]! ^= 1;
        clear[6 + cookieByte]! ^= 1;
      }
      const plain = client_attest_plaintext.slice();
      if (plainByte !== undefined) plain[plainByte]! ^= 1;
      const transcript = {
        clientInit: client_init,
        serverAttest,
        certificate: common.server_certificate,
        serverSignature: server_signature,
      };
      const named = suiteNamed(suite.name, coverage);
      return {
        longterm: hex(longtermSignedBytes(named, transcript, clear, plain)),
        daa: hex(daaSignedBytes(named, transcript, clear, plain)),
      };
    };

    it('is the whole message up to the signature when it is full', () => {
      const before = signed('full');
      for (const at of [0, 64, 96, 97, 112]) {
        assert.notEqual(signed('full', undefined, at).longterm, before.longterm);
        assert.notEqual(signed('full', undefined, at).daa, before.daa);
      }
      for (const at of [113, 176]) {
        assert.equal(signed('full', undefined, at).longterm, before.longterm);
        assert.notEqual(signed('full', undefined, at).daa, before.daa);
      }
      assert.equal(signed('full', undefined, 177).daa, before.daa);
      assert.notEqual(signed('full', 129).longterm, before.longterm);
    });

    it('ends within the cookie where deployed servers end', () => {
      const before = signed('deployed');
      for (const at of [0, 64, 96, 112, 113]) {
        assert.deepEqual(signed('deployed', undefined, at), before);
      }
      assert.notEqual(signed('deployed', 9).longterm, before.longterm);
      assert.equal(signed('deployed', 10).longterm, before.longterm);
      assert.notEqual(signed('deployed', 73).daa, before.daa);
      assert.equal(signed('deployed', 74).daa, before.daa);
    });
  });
}

describe('suites', () => {
  it('have ids of their own for full coverage', () => {
    assert.equal(new Set(suites.map(({ id }) => id)).size, 8);
    assert.equal(suiteNamed('aes256gcm-blake2b', 'full').id, 0xff04);
  });

  it('prf of BLAKE2b has the length as a parameter, HMAC is cut', () => {
    const key = new Uint8Array(64);
    const prf = (name: 'aes256gcm-blake2b' | 'aes256gcm-sha512', length: number) =>
      hex(suiteNamed(name, 'deployed').prf(key, key, length));
    assert.ok(prf('aes256gcm-sha512', 64).startsWith(prf('aes256gcm-sha512', 12)));
    assert.ok(!prf('aes256gcm-blake2b', 64).startsWith(prf('aes256gcm-blake2b', 12)));
  });
});

describe('X25519', () => {
  for (const [name, point] of [
    ['zero', new Uint8Array(32)],
    ['one', Uint8Array.of(1, ...new Uint8Array(31))],
    ['p', Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f)],
  ] as const) {
    it(`refuses the key of low order ${name}`, () => {
      const key = x25519Key(randomBytes(32));
      assert.throws(() => key.agree(point), hasCode('key-agreement'));
    });
  }
});

describe('message headers', () => {
  const suite = suiteNamed('chacha20poly1305-sha512', 'deployed');
  const init = handshakes[0]!.client_init;

  it('have the lengths of deployed ends', () => {
    const lengths = Object.values(layouts).map(({ length }) => length);
    assert.deepEqual(lengths, [70, 417, 750, 103, 4]);
    assert.equal(hex(header('ClientAttest', suite)), '1102ee010001');
    assert.equal(hex(errorMessage()), '41000401');
  });

  const rows: [string, string, Parameters<typeof hasCode>[0]][] = [
    ['an unknown type', '21', 'malformed'],
    ['the type of the draft', '11', 'unexpected-message'],
    ['a length of zero', '010000', 'malformed'],
    ['the length of another message', '0101a1', 'malformed'],
    ['version 2', '01004602', 'version'],
    ['an Error message', '41000401', 'peer-error'],
    ['an Error message of another version', '41000402', 'version'],
    ['an Error message with contents', '410005', 'malformed'],
  ];
  for (const [name, text, code] of rows) {
    it(`with ${name} are refused at the first byte that shows it`, () => {
      const bytes = Uint8Array.from(Buffer.from(text, 'hex'));
      assert.throws(() => checkHeader('ClientInit', bytes), hasCode(code));
      checkHeader('ClientInit', init.subarray(0, bytes.length));
      const isError = text.startsWith('41');
      const before = bytes.subarray(0, isError ? 1 : Math.max(0, bytes.length - 2));
      checkHeader('ClientInit', before);
    });
  }

  it('name the suite', () => {
    checkSuite(init, suite);
    assert.throws(() => checkSuite(init, suites[1]!), hasCode('suite'));
  });
});

describe('a message reader', () => {
  const init = handshakes[0]!.client_init;
  it('puts a message together from pieces of any size', () => {
    for (const size of [1, 7, 69, 70]) {
      const reader = new MessageReader();
      for (let at = 0; at < init.length; at += size) {
        const message = reader.push('ClientInit', init.subarray(at, at + size));
        if (at + size < init.length) assert.equal(message, undefined);
        else assert.equal(hex(message!), hex(init));
      }
    }
  });

  it('refuses bytes behind a message', () => {
    const push = (...pieces: Uint8Array[]) => {
      const reader = new MessageReader();
      for (const piece of pieces) reader.push('ClientInit', piece);
    };
    const doubled = concat(init, init.subarray(0, 1));
    assert.throws(() => push(doubled), hasCode('unexpected-message'));
    assert.throws(
      () => push(init.subarray(0, 69), doubled.subarray(69)),
      hasCode('unexpected-message'),
    );
  });

  it('keeps nothing of a flood', () => {
    const flood = new Uint8Array(1 << 20);
    for (const name of Object.keys(layouts) as Exclude<MessageType, 'Error'>[]) {
      assert.throws(() => new MessageReader().push(name, flood), hasCode('malformed'));
    }
  });
});
