/** What an XTT server and an XTT client receive from each other. */
import assert from 'node:assert/strict';
import { XttParseError } from '../../packages/xtt/src/errors.ts';
import { deriveKeys } from '../../packages/xtt/src/key-schedule.ts';
import { readDaaSignature } from '../../packages/xtt/src/daa-signature.ts';
import { concat } from '../../packages/xtt/src/bytes.ts';
import { suites } from '../../packages/xtt/src/suite.ts';
import { x25519Key } from '../../packages/xtt/src/x25519.ts';
import { answeredServer, attestedClient } from '../../packages/xtt/test/vector-ends.ts';
import { vectorClient, vectorServer } from '../../packages/xtt/test/vector-ends.ts';
import { handshakes } from '../../packages/xtt/test/vectors.ts';
import { fuzzTarget } from './fuzz-target.ts';

const vector = handshakes[0]!;
const suite = suites.find(({ id }) => id === vector.suite)!;

const shared = x25519Key(vector.client_x25519_private).agree(
  x25519Key(vector.server_x25519_private).publicKey,
);
const keys = deriveKeys(suite, shared, vector.client_init, vector.server_init_and_attest);

/** The clear length of each encrypted message, and who sends it with which sequence. */
const sealed = [
  [168, 'server', 0],
  [136, 'client', 0],
  [6, 'server', 1],
] as const;

/** Encrypts what follows the clear part with the keys of the vector: random changes never get past the tag. */
function seal(kind: number, message: Uint8Array): Uint8Array {
  const [clearLength, sender, sequence] = sealed[kind - 1]!;
  if (message.length < clearLength + 16) return message;
  const clear = message.subarray(0, clearLength);
  return concat(clear, keys.seal(sender, sequence, message.subarray(clearLength, -16), clear));
}

/**
 * The first byte: bits 0 and 1 choose the end and its state, bit 2 encrypts the message, the rest is the size of
 * chunks.
 */
fuzzTarget('xtt-handshake', (input) => {
  const [flags = 0] = input;
  const kind = flags & 3;
  const plain = input.subarray(1);
  const bytes = flags & 4 && kind > 0 ? seal(kind, plain) : plain;
  if (kind === 2) readSignature(plain.subarray(136 + 177, -16));
  const size = (flags >> 3) * 40 || bytes.length;
  const end = [
    () => vectorServer(vector),
    () => vectorClient(vector),
    // The pairings would take all the time: the signature is read, the group unknown.
    () => answeredServer(vector, { findGroup: () => undefined }),
    () => attestedClient(vector),
  ][kind]!();
  let kindOfStep = 'wait';
  for (let at = 0; at < bytes.length && kindOfStep === 'wait'; at += size) {
    const step = end.receive(bytes.subarray(at, at + size), 1);
    kindOfStep = step.kind;
    if (step.kind === 'failed') {
      assert.notEqual(step.error.code, 'usage');
      if (step.error instanceof XttParseError) assert.ok(step.error.offset <= bytes.length);
      return step.error.code === 'group';
    }
  }
  // Only a whole message moves an end on.
  if (kindOfStep === 'wait') assert.ok(bytes.length < 750);
  return kindOfStep !== 'wait';
});

/** The signature in a ClientAttest, which the server reads only when it finds the group. */
function readSignature(bytes: Uint8Array): void {
  try {
    readDaaSignature(bytes);
  } catch (error) {
    assert.ok(error instanceof XttParseError, String(error));
    assert.ok(error.offset <= bytes.length);
  }
}
