/** What the three signatures of a handshake are made over: hashes of the handshake, 64 bytes each. */
import { concat } from './bytes.ts';
import { groupIdLength } from './daa-group.ts';
import { cookieOf, innerHash } from './key-schedule.ts';
import {
  ecdsaSignatureLength,
  p256PublicLength,
  serverAttestClearLength,
  clientIdLength,
} from './message.ts';
import { hashWithLength, type Suite } from './suite.ts';

/** The part of the handshake that both signatures of the client begin with. */
export interface ServerTranscript {
  /** 70 bytes. */
  readonly clientInit: Uint8Array;
  /** ServerInitAndAttest; only its clear part is used. */
  readonly serverAttest: Uint8Array;
  /** 169 bytes. */
  readonly certificate: Uint8Array;
  /** 64 bytes. */
  readonly serverSignature: Uint8Array;
}

/** Signed by the server: ServerSigHash. */
export function serverSignedBytes(
  suite: Suite,
  { clientInit, serverAttest, certificate }: Omit<ServerTranscript, 'serverSignature'>,
): Uint8Array {
  const clear = serverAttest.subarray(0, serverAttestClearLength);
  return hashWithLength(suite, clientInit, clear, certificate);
}

/** Bytes of ClientAttest and of the cookie that the signatures of deployed ends cover: see `SignatureCoverage`. */
const deployed = { cookie: 1, longterm: 16, daa: 80 } as const;

const longtermPlain = p256PublicLength + groupIdLength + clientIdLength;

/**
 * Signed by the longterm key, L. `clear` is the clear part of ClientAttest (136 bytes), `plain` what is encrypted, from
 * its beginning to at least the longterm signature.
 */
export function longtermSignedBytes(
  suite: Suite,
  transcript: ServerTranscript,
  clear: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const full = concat(clear, plain.subarray(0, longtermPlain));
  return clientSignedBytes(suite, transcript, full, deployed.longterm);
}

/** Signed by the member of the group, M. The same, with `plain` to at least the DAA signature. */
export function daaSignedBytes(
  suite: Suite,
  transcript: ServerTranscript,
  clear: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const full = concat(clear, plain.subarray(0, longtermPlain + ecdsaSignatureLength));
  return clientSignedBytes(suite, transcript, full, deployed.daa);
}

function clientSignedBytes(
  suite: Suite,
  { clientInit, serverAttest, certificate, serverSignature }: ServerTranscript,
  attest: Uint8Array,
  deployedLength: number,
): Uint8Array {
  const isDeployed = suite.coverage === 'deployed';
  const cookie = cookieOf(serverAttest);
  return hashWithLength(
    suite,
    innerHash(suite, clientInit, serverAttest),
    isDeployed ? cookie.subarray(0, deployed.cookie) : cookie,
    certificate,
    serverSignature,
    isDeployed ? attest.subarray(0, deployedLength) : attest,
  );
}
