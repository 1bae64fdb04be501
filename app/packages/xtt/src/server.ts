/**
 * The server, for development and tests: authenticates itself, verifies a client and assigns its id. Verifying takes
 * about 0.1 s of computing in which nothing else of the process runs.
 *
 *     ClientInit ──► 'send' ──►  ClientAttest ──► 'done' (and send)
 */
import { randomBytes } from 'node:crypto';
import { concat, copy, isEqual, isZero } from './bytes.ts';
import { serverKeyOf } from './certificate.ts';
import { groupIdLength, type DaaGroup } from './daa-group.ts';
import { verifyDaa } from './daa-verify.ts';
import { isEcdsaSignature, type EcdsaKey } from './ecdsa.ts';
import { requireLength, XttError } from './errors.ts';
import { defaultTimeoutMs, HandshakeEnd } from './handshake-end.ts';
import type { CommonStep, SendStep } from './handshake-end.ts';
import { cookieOf, deriveKeys, type HandshakeKeys } from './key-schedule.ts';
import * as message from './message.ts';
import type { RandomBytes } from './points.ts';
import type { Revocations } from './revocations.ts';
import { daaSignedBytes, longtermSignedBytes, serverSignedBytes } from './signed-bytes.ts';
import type { ServerTranscript } from './signed-bytes.ts';
import { suites, type SignatureCoverage, type Suite } from './suite.ts';
import { createX25519Key } from './x25519.ts';

/** A client that has proved all that it must. */
export interface VerifiedClient {
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  /** The same for each handshake of one member of the group, 65 bytes: use it to assign the same id again. */
  readonly pseudonym: Uint8Array;
  /** 65 bytes. */
  readonly longtermKey: Uint8Array;
  /** 16 bytes; undefined leaves the choice to the server. In `deployed` coverage no signature covers it. */
  readonly requestedId: Uint8Array | undefined;
}

export interface ServerOptions {
  /** 169 bytes. */
  readonly certificate: Uint8Array;
  /** The key of the certificate. */
  readonly key: EcdsaKey;
  readonly findGroup: (groupId: Uint8Array) => DaaGroup | undefined;
  /** The id for a client, 16 bytes that are not all zero; undefined refuses it. */
  readonly assignId: (client: VerifiedClient) => Uint8Array | undefined;
  /** Made by `readRevocations`. Without it no member is refused. */
  readonly revoked?: Revocations;
  /** Default `deployed`. All four suites are accepted. */
  readonly signatureCoverage?: SignatureCoverage;
  /** Default: `randomBytes` of node:crypto. */
  readonly random?: RandomBytes;
  /** Default: 30 s. More than 0, below 2³¹. */
  readonly timeoutMs?: number;
}

export type ServerStep =
  | CommonStep
  | SendStep
  /** Send `bytes`, which is ServerFinished: the client has its id then. */
  | {
      readonly kind: 'done';
      readonly bytes: Uint8Array;
      readonly client: VerifiedClient;
      /** 16 bytes. */
      readonly clientId: Uint8Array;
    };

interface Answered {
  readonly suite: Suite;
  readonly keys: HandshakeKeys;
  readonly transcript: ServerTranscript;
}

export class XttServer extends HandshakeEnd<ServerStep> {
  readonly #options: ServerOptions;
  readonly #random: RandomBytes;
  #keys: HandshakeKeys | undefined;
  #answered: Answered | undefined;

  /**
   * One server for each connection. Throws an XttError `usage` when the key is not the one of the certificate, and for
   * an unusable timeout.
   */
  constructor(options: ServerOptions, now: number) {
    super(options.timeoutMs ?? defaultTimeoutMs, now);
    const { certificate, key, random = randomBytes } = options;
    requireLength('the certificate', certificate, message.serverCertificateLength);
    if (!isEqual(serverKeyOf(certificate), key.publicKey)) {
      throw new XttError('usage', 'the key of the XTT server is not the one of its certificate');
    }
    this.#options = options;
    this.#random = random;
  }

  /** Takes the next bytes of the client, cut in any way. */
  receive(bytes: Uint8Array, now: number): ServerStep {
    return this.run(now, () =>
      this.#answered === undefined
        ? this.#receiveInit(bytes)
        : this.#receiveAttest(bytes, this.#answered),
    );
  }

  protected erase(): void {
    this.#keys?.erase();
  }

  #receiveInit(bytes: Uint8Array): ServerStep {
    const clientInit = this.reader.push('ClientInit', bytes);
    if (clientInit === undefined) return { kind: 'wait' };
    const suite = this.#suiteOf(clientInit);
    const { certificate, key } = this.#options;
    const x25519 = createX25519Key(this.#random);
    const cookie = this.#random(message.cookieLength);
    const head = message.header('ServerInitAndAttest', suite);
    const clear = concat(head, x25519.publicKey, cookie);
    const peer = clientInit.subarray(message.headerLength + message.nonceLength);
    const keys = deriveKeys(suite, x25519.agree(peer), clientInit, clear);
    // Kept before anything that throws, to be erased then.
    this.#keys = keys;
    const unsigned = { clientInit, serverAttest: clear, certificate };
    const serverSignature = key.sign(serverSignedBytes(suite, unsigned));
    this.#answered = { suite, keys, transcript: { ...unsigned, serverSignature } };
    const sealed = keys.seal('server', 0, concat(certificate, serverSignature), clear);
    return { kind: 'send', bytes: concat(clear, sealed) };
  }

  #suiteOf(clientInit: Uint8Array): Suite {
    const { signatureCoverage = 'deployed' } = this.#options;
    const id = message.suiteIdOf(clientInit);
    const suite = suites.find((one) => one.id === id && one.coverage === signatureCoverage);
    if (suite === undefined) throw new XttError('suite', `the client uses suite ${id}`);
    return suite;
  }

  #receiveAttest(bytes: Uint8Array, { suite, keys, transcript }: Answered): ServerStep {
    const attest = this.reader.push('ClientAttest', bytes);
    if (attest === undefined) return { kind: 'wait' };
    message.checkSuite(attest, suite);
    const clear = attest.subarray(0, message.clientAttestClearLength);
    if (!isEqual(clear.subarray(message.headerLength), cookieOf(transcript.serverAttest))) {
      throw new XttError('cookie', 'the client returned another cookie');
    }
    const sealed = attest.subarray(message.clientAttestClearLength);
    const plain = keys.open('client', 0, sealed, clear);
    const client = this.#verify(suite, transcript, clear, plain);

    const clientId = this.#options.assignId(client);
    if (clientId === undefined) {
      throw new XttError('client-id', 'the server has no id for the client');
    }
    requireLength('the id for the client', clientId, message.clientIdLength);
    // On the wire it stands for none, and clients refuse it.
    if (isZero(clientId)) throw new XttError('usage', 'the id for the client is all zero');
    const head = message.header('ServerFinished', suite);
    const finished = keys.seal('server', 1, concat(clientId, client.longtermKey), head);
    this.end();
    return { kind: 'done', bytes: concat(head, finished), client, clientId };
  }

  #verify(
    suite: Suite,
    transcript: ServerTranscript,
    clear: Uint8Array,
    plain: Uint8Array,
  ): VerifiedClient {
    let at = 0;
    const next = (length: number): Uint8Array => copy(plain, at, (at += length));
    const longtermKey = next(message.p256PublicLength);
    const groupId = next(groupIdLength);
    const requested = next(message.clientIdLength);
    const longtermSignature = next(message.ecdsaSignatureLength);
    const daaSignature = copy(plain, at);

    const longtermBytes = longtermSignedBytes(suite, transcript, clear, plain);
    if (!isEcdsaSignature(longtermKey, longtermBytes, longtermSignature)) {
      throw new XttError('longterm-signature', 'the client does not have the longterm key');
    }
    const group = this.#options.findGroup(groupId);
    if (group === undefined) throw new XttError('group', 'the group of the client is unknown');
    if (!isEqual(group.id, groupId)) throw new XttError('usage', 'the group has another id');
    const daaBytes = daaSignedBytes(suite, transcript, clear, plain);
    const pseudonym = verifyDaa(group, daaBytes, daaSignature, this.#options.revoked);
    const requestedId = isZero(requested) ? undefined : requested;
    return { groupId, pseudonym, longtermKey, requestedId };
  }
}
