/**
 * ClientAttest from a client that has the keys and lies. Random changes of bytes never make a coordinate of zeros or a
 * scalar that equals the order of the group, so an input is a recipe: the suite, then fields and the values to put
 * there.
 */
import assert from 'node:assert/strict';
import { concat, fromInteger, isEqual } from '../../packages/xtt/src/bytes.ts';
import { fieldPrime, groupOrder } from '../../packages/xtt/src/fp256bn.ts';
import { readDaaSignature } from '../../packages/xtt/src/daa-signature.ts';
import { deriveKeys } from '../../packages/xtt/src/key-schedule.ts';
import { suites } from '../../packages/xtt/src/suite.ts';
import { x25519Key } from '../../packages/xtt/src/x25519.ts';
import { answeredServer, group } from '../../packages/xtt/test/vector-ends.ts';
import { handshakes } from '../../packages/xtt/test/vectors.ts';
import { fuzzTarget } from './fuzz-target.ts';

const clients = handshakes.map((vector) => {
  const suite = suites.find(({ id }) => id === vector.suite)!;
  const server = x25519Key(vector.server_x25519_private);
  const shared = x25519Key(vector.client_x25519_private).agree(server.publicKey);
  const keys = deriveKeys(suite, shared, vector.client_init, vector.server_init_and_attest);
  return { vector, keys };
});

type Kind = 'g1' | 'p256' | 'scalar' | 'bytes';

/** What is encrypted in ClientAttest. */
const fields: readonly { name: string; at: number; length: number; kind: Kind }[] = [
  { name: 'longterm key', at: 0, length: 65, kind: 'p256' },
  { name: 'group id', at: 65, length: 32, kind: 'bytes' },
  { name: 'requested id', at: 97, length: 16, kind: 'bytes' },
  { name: 'longterm signature', at: 113, length: 64, kind: 'bytes' },
  { name: 'c', at: 177, length: 32, kind: 'scalar' },
  { name: 's', at: 209, length: 32, kind: 'scalar' },
  { name: 'R', at: 241, length: 65, kind: 'g1' },
  { name: 'S', at: 306, length: 65, kind: 'g1' },
  { name: 'T', at: 371, length: 65, kind: 'g1' },
  { name: 'W', at: 436, length: 65, kind: 'g1' },
  { name: 'n', at: 501, length: 32, kind: 'bytes' },
  { name: 'K', at: 533, length: 65, kind: 'g1' },
];

const p256Prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const prefixes = [4, 4, 4, 4, 0, 2, 6, 7];

/** Numbers around 0 and `limit`; undefined leaves what is there. (1, 2) is a point of FP256BN. */
function number(choice: number, limit: bigint): Uint8Array | undefined {
  const values = [0n, 1n, 2n, limit - 1n, limit, limit + 1n, 2n ** 256n - 1n];
  const value = values[choice % (values.length + 1)];
  return value === undefined ? undefined : fromInteger(value);
}

function putPoint(to: Uint8Array, first: number, second: number, prime: bigint): void {
  to[0] = prefixes[(first >> 3) % prefixes.length]!;
  to.set(number(first, prime) ?? [], 1);
  to.set(number(second, prime) ?? [], 33);
}

function put(to: Uint8Array, kind: Kind, first: number, second: number): void {
  if (kind === 'g1') putPoint(to, first, second, fieldPrime);
  else if (kind === 'p256') putPoint(to, first, second, p256Prime);
  else if (kind === 'scalar') to.set(number(first, groupOrder) ?? [], 0);
  else to.fill(first, second % to.length);
}

const maxChanges = 6;

/** The plaintext of the vector with the changes of `recipe`, three bytes each: the field and two choices. */
function changed(plain: Uint8Array, recipe: Uint8Array): Uint8Array {
  const bytes = plain.slice();
  for (let at = 0; at + 3 <= recipe.length && at < 3 * maxChanges; at += 3) {
    const [field = 0, first = 0, second = 0] = recipe.subarray(at, at + 3);
    const { at: from, length, kind } = fields[field % fields.length]!;
    put(bytes.subarray(from, from + length), kind, first, second);
  }
  return bytes;
}

/**
 * The proof and the pairings of a well-formed signature would take all the time. The server finds the group for one
 * that is not, and with this bit of the first byte for every one.
 */
const verifies = 0x80;

function isWellFormed(signature: Uint8Array): boolean {
  try {
    readDaaSignature(signature);
    return true;
  } catch {
    // The server has to find the same, and to refuse it.
    return false;
  }
}

/** What a server may answer to a client whose message decrypts. */
const refusals = new Set(['malformed', 'longterm-signature', 'group', 'daa-signature']);

const check = (input: Uint8Array): boolean => {
  const [flags = 0] = input;
  const { vector, keys } = clients[flags & 3]!;
  const plain = changed(vector.client_attest_plaintext, input.subarray(1));
  const clear = vector.client_attest.subarray(0, 136);
  const isFound = (flags & verifies) !== 0 || !isWellFormed(plain.subarray(177));
  const server = answeredServer(vector, {
    findGroup: (id) => (isFound && isEqual(id, group.id) ? group : undefined),
  });
  const step = server.receive(concat(clear, keys.seal('client', 0, plain, clear)), 1);
  if (step.kind === 'done') {
    assert.equal(step.client.longtermKey[0], 4);
    return true;
  }
  assert.ok(step.kind === 'failed', step.kind);
  assert.ok(refusals.has(step.error.code), step.error.message);
  return step.error.code === 'group';
};

fuzzTarget('xtt-attest', check, 50);
