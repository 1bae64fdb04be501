import assert from 'node:assert/strict';
import crypto, { randomBytes } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { fromInteger, toInteger } from '../../src/bytes.ts';
import { XttClient } from '../../src/client.ts';
import { readEcdsaKey } from '../../src/ecdsa.ts';
import { deriveKeys, HandshakeKeys } from '../../src/key-schedule.ts';
import { groupOrder } from '../../src/fp256bn.ts';
import { randomScalar } from '../../src/points.ts';
import { suites } from '../../src/suite.ts';
import { x25519Key } from '../../src/x25519.ts';
import { freshServer, root } from '../vector-ends.ts';
import { common, handshakes } from '../vectors.ts';

const [first] = handshakes as [(typeof handshakes)[0]];

function isErased(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte === 0);
}

/** Replaces a member of `owner` while `work` runs, also for those who import it by name. */
function replaced<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  replacement: (real: Owner[Name]) => Owner[Name],
  work: () => void,
): void {
  const real = owner[name];
  owner[name] = replacement(real);
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    owner[name] = real;
    syncBuiltinESMExports();
  }
}

/** The encodings of private keys that `work` gives to the library. */
function privateEncodings(work: () => void): Uint8Array[] {
  const seen: Uint8Array[] = [];
  const record =
    (real: typeof crypto.createPrivateKey): typeof crypto.createPrivateKey =>
    (options) => {
      const { key } = options as { key: Uint8Array };
      assert.ok(!isErased(key));
      seen.push(key);
      return real(options);
    };
  replaced(crypto, 'createPrivateKey', record, work);
  return seen;
}

describe('what is erased', () => {
  it('are the random bytes of the X25519 keys, as soon as there are keys', () => {
    const drawn: Uint8Array[] = [];
    const random = (length: number): Uint8Array => {
      const bytes = randomBytes(length);
      drawn.push(bytes);
      return bytes;
    };
    const { group_id: groupId, longterm_public: longtermPublicKey } = common;
    const client = new XttClient({ root, groupId, longtermPublicKey, random }, 0);
    const step = freshServer({ random }).receive(client.clientInit, 1);
    assert.equal(step.kind, 'send');
    assert.deepEqual(
      drawn.map((bytes) => [bytes.length, isErased(bytes)]),
      [
        [32, true],
        [32, false],
        [32, true],
        [130, false],
      ],
    );
  });

  it('are the random bytes of a scalar, also of one that is not used', () => {
    const draws = [fromInteger(groupOrder), fromInteger(5n)];
    const left = [...draws];
    assert.equal(
      randomScalar(() => left.shift()!),
      5n,
    );
    assert.ok(draws.every(isErased));
  });

  it('are the encodings of private keys, but not the bytes of the caller', () => {
    const secret = common.longterm_private.slice();
    const encodings = privateEncodings(() => {
      x25519Key(secret);
      readEcdsaKey(secret);
      assert.throws(() => readEcdsaKey(new Uint8Array(32)));
    });
    assert.equal(encodings.length, 3);
    assert.ok(encodings.every(isErased));
    assert.equal(toInteger(secret), toInteger(common.longterm_private));
  });

  it('are the results of X25519 and of HMAC, when the handshake ends', () => {
    const results: Uint8Array[] = [];
    const recordShared =
      (real: typeof crypto.diffieHellman): typeof crypto.diffieHellman =>
      (options: Parameters<typeof real>[0]) => {
        const result = real(options);
        results.push(result);
        return result;
      };
    const recordDigest = (real: crypto.Hmac['digest']): crypto.Hmac['digest'] =>
      function (this: crypto.Hmac) {
        const result = (real as () => Buffer).call(this);
        results.push(result);
        return result;
      } as unknown as crypto.Hmac['digest'];
    const suite = suites.find(({ id }) => id === first.suite)!;
    replaced(crypto, 'diffieHellman', recordShared, () => {
      replaced(crypto.Hmac.prototype, 'digest', recordDigest, () => {
        const client = x25519Key(first.client_x25519_private);
        const shared = client.agree(first.server_init_and_attest.subarray(6, 38));
        assert.ok(!isErased(shared));
        deriveKeys(suite, shared, first.client_init, first.server_init_and_attest).erase();
      });
    });
    // X25519, the secret, and key and iv of both directions.
    assert.equal(results.length, 6);
    assert.ok(results.every(isErased));
  });

  it('are the keys of a server whose own key does not sign', () => {
    const failure = new TypeError('no token');
    const key = {
      publicKey: common.server_public,
      sign: () => {
        throw failure;
      },
    };
    let erased = 0;
    const count = (real: () => void) =>
      function (this: HandshakeKeys) {
        erased++;
        real.call(this);
      };
    replaced(HandshakeKeys.prototype, 'erase', count, () => {
      const server = freshServer({ key });
      assert.throws(() => server.receive(first.client_init, 1), failure);
    });
    assert.equal(erased, 1);
  });
});
