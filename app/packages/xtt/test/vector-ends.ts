/**
 * Both ends of a handshake of the vectors, with scripted randomness and signatures, so that every byte is determined.
 */
import { randomBytes } from 'node:crypto';
import type { LongtermKey } from '../src/attestation.ts';
import { readRootCertificate } from '../src/certificate.ts';
import { XttClient } from '../src/client.ts';
import { readGroup } from '../src/daa-group.ts';
import { readEcdsaKey, type EcdsaKey } from '../src/ecdsa.ts';
import { XttServer, type ServerOptions } from '../src/server.ts';
import { suites } from '../src/suite.ts';
import { scriptedRandom } from './scripted-random.ts';
import { basename, common, type Handshake } from './vectors.ts';

export const root = readRootCertificate(common.xtt_root_certificate);
export const group = readGroup(common.group_public_key, basename);

const serverKey = readEcdsaKey(common.server_private);

/** ECDSA signatures are random: takes those of the vector. */
function scriptedKey({ publicKey }: EcdsaKey, signature: Uint8Array): EcdsaKey & LongtermKey {
  return { publicKey, sign: () => signature };
}

export function vectorClient(vector: Handshake, now = 0): XttClient {
  const { name } = suites.find(({ id }) => id === vector.suite)!;
  return new XttClient(
    {
      root,
      groupId: common.group_id,
      longtermPublicKey: common.longterm_public,
      suite: name,
      random: scriptedRandom(vector.client_x25519_private, vector.nonce_c),
    },
    now,
  );
}

export function vectorServer(
  vector: Handshake,
  options: Partial<ServerOptions> = {},
  now = 0,
): XttServer {
  return new XttServer(
    {
      certificate: common.server_certificate,
      key: scriptedKey(serverKey, vector.server_signature),
      findGroup: () => group,
      assignId: () => vector.assigned_id,
      random: scriptedRandom(vector.server_x25519_private, vector.server_cookie),
      ...options,
    },
    now,
  );
}

/** A server of the vectors that draws its own keys. */
export function freshServer(options: Partial<ServerOptions> = {}): XttServer {
  return vectorServer({} as Handshake, { key: serverKey, random: randomBytes, ...options });
}

/** A client that has received the vector's ServerInitAndAttest and sent the vector's ClientAttest. */
export function attestedClient(vector: Handshake): XttClient {
  const client = vectorClient(vector);
  client.receive(vector.server_init_and_attest, 1);
  client.attest(attestationOf(vector), 1);
  return client;
}

export function attestationOf(vector: Handshake) {
  return {
    longtermSignature: vector.longterm_signature,
    daaSignature: vector.daa_signature,
  };
}

/** A server that has received the vector's ClientInit. */
export function answeredServer(vector: Handshake, options?: Partial<ServerOptions>): XttServer {
  const server = vectorServer(vector, options);
  server.receive(vector.client_init, 1);
  return server;
}
