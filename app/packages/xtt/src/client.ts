/**
 * The client: shows that it is a member of its group and has the longterm key, and receives its id.
 *
 *     clientInit ──►  ServerInitAndAttest ──► 'sign' … attest() ──►  ServerFinished ──► 'done'
 */
import { randomBytes } from 'node:crypto';
import { AttestRequest, type Attestation } from './attestation.ts';
import { concat, copy, isEqual, isZero } from './bytes.ts';
import { verifiedServerKey, type RootCertificate } from './certificate.ts';
import { groupIdLength } from './daa-group.ts';
import { isEcdsaSignature, requireEcdsaPublicKey } from './ecdsa.ts';
import { requireLength, XttError } from './errors.ts';
import { defaultTimeoutMs, HandshakeEnd } from './handshake-end.ts';
import type { CommonStep, SendStep } from './handshake-end.ts';
import { cookieOf, deriveKeys, type HandshakeKeys } from './key-schedule.ts';
import * as message from './message.ts';
import type { RandomBytes } from './points.ts';
import { serverSignedBytes } from './signed-bytes.ts';
import { defaultSuite, suiteNamed } from './suite.ts';
import type { SignatureCoverage, Suite, SuiteName } from './suite.ts';
import { createX25519Key, type X25519Key } from './x25519.ts';

export interface ClientOptions {
  readonly root: RootCertificate;
  /** 32 bytes, of `groupId`. */
  readonly groupId: Uint8Array;
  /** 65 bytes. */
  readonly longtermPublicKey: Uint8Array;
  /** 16 bytes; without it the server chooses, as cards have it. */
  readonly requestedId?: Uint8Array;
  readonly suite?: SuiteName;
  /** Default `deployed`. */
  readonly signatureCoverage?: SignatureCoverage;
  /** Default: `randomBytes` of node:crypto. */
  readonly random?: RandomBytes;
  /** Default: 30 s. More than 0, below 2³¹. */
  readonly timeoutMs?: number;
}

export type ClientStep =
  | CommonStep
  /** Sign `request` with `signAttestation`, and give the result to `attest`. */
  | { readonly kind: 'sign'; readonly request: AttestRequest }
  | SendStep
  /** The id, 16 bytes: the client's IPv6 address. The server has confirmed the longterm key. */
  | { readonly kind: 'done'; readonly clientId: Uint8Array };

export class XttClient extends HandshakeEnd<ClientStep> {
  /** The first message; send it when the connection is there. */
  readonly clientInit: Uint8Array;
  readonly #options: ClientOptions;
  readonly #suite: Suite;
  readonly #requestedId: Uint8Array;
  readonly #x25519: X25519Key;
  #keys: HandshakeKeys | undefined;
  #request: AttestRequest | undefined;
  #isAttested = false;

  /** Throws an XttError `usage` for options of wrong sizes, a key that is not one, and an unusable timeout. */
  constructor(options: ClientOptions, now: number) {
    super(options.timeoutMs ?? defaultTimeoutMs, now);
    const { random = randomBytes, signatureCoverage = 'deployed' } = options;
    this.#options = options;
    this.#requestedId = options.requestedId ?? new Uint8Array(message.clientIdLength);
    requireLength('the group id', options.groupId, groupIdLength);
    requireEcdsaPublicKey('the longterm key', options.longtermPublicKey);
    requireLength('the requested id', this.#requestedId, message.clientIdLength);
    this.#suite = suiteNamed(options.suite ?? defaultSuite, signatureCoverage);
    this.#x25519 = createX25519Key(random);
    const nonce = random(message.nonceLength);
    const head = message.header('ClientInit', this.#suite);
    this.clientInit = concat(head, nonce, this.#x25519.publicKey);
  }

  /** Takes the next bytes of the server, cut in any way. */
  receive(bytes: Uint8Array, now: number): ClientStep {
    return this.run(now, () => {
      if (this.#isAttested) return this.#receiveFinished(bytes);
      if (this.#request === undefined) return this.#receiveAttest(bytes);
      if (bytes.length === 0) return { kind: 'wait' };
      throw new XttError('unexpected-message', 'the server sent bytes before it had an answer');
    });
  }

  /**
   * Takes the signatures of the step `sign`; returns the message to send. A result that comes after the end is ignored.
   * Throws an XttError `usage` when there was no such step, or for signatures of wrong sizes.
   */
  attest(attestation: Attestation, now: number): ClientStep {
    return this.run(now, () => {
      if (this.#request === undefined || this.#isAttested) {
        throw new XttError('usage', 'there is nothing to attest');
      }
      const seal = (plain: Uint8Array, clear: Uint8Array): Uint8Array =>
        this.#keys!.seal('client', 0, plain, clear);
      const bytes = this.#request.message(attestation, seal);
      this.#isAttested = true;
      return { kind: 'send', bytes };
    });
  }

  protected erase(): void {
    this.#keys?.erase();
  }

  #receiveAttest(bytes: Uint8Array): ClientStep {
    const serverAttest = this.reader.push('ServerInitAndAttest', bytes);
    if (serverAttest === undefined) return { kind: 'wait' };
    message.checkSuite(serverAttest, this.#suite);
    const { clientInit } = this;
    const peer = serverAttest.subarray(message.headerLength, message.headerLength + 32);
    const shared = this.#x25519.agree(peer);
    this.#keys = deriveKeys(this.#suite, shared, clientInit, serverAttest);

    const clearEnd = message.serverAttestClearLength;
    const clear = serverAttest.subarray(0, clearEnd);
    const plain = this.#keys.open('server', 0, serverAttest.subarray(clearEnd), clear);
    const certificate = plain.subarray(0, message.serverCertificateLength);
    const serverSignature = plain.subarray(message.serverCertificateLength);
    const transcript = { clientInit, serverAttest, certificate, serverSignature };
    const serverKey = verifiedServerKey(certificate, this.#options.root);
    const signed = serverSignedBytes(this.#suite, transcript);
    if (!isEcdsaSignature(serverKey, signed, serverSignature)) {
      throw new XttError('server-signature', 'the server does not have the key of its certificate');
    }

    const head = message.header('ClientAttest', this.#suite);
    const { longtermPublicKey, groupId } = this.#options;
    this.#request = new AttestRequest(
      this.#suite,
      transcript,
      concat(head, cookieOf(serverAttest)),
      concat(longtermPublicKey, groupId, this.#requestedId),
    );
    return { kind: 'sign', request: this.#request };
  }

  #receiveFinished(bytes: Uint8Array): ClientStep {
    const finished = this.reader.push('ServerFinished', bytes);
    if (finished === undefined) return { kind: 'wait' };
    message.checkSuite(finished, this.#suite);
    const clear = finished.subarray(0, message.headerLength);
    const sealed = finished.subarray(message.headerLength);
    const plain = this.#keys!.open('server', 1, sealed, clear);
    const clientId = copy(plain, 0, message.clientIdLength);
    const isRequested = isZero(this.#requestedId) || isEqual(clientId, this.#requestedId);
    if (isZero(clientId) || !isRequested) {
      throw new XttError('client-id', 'the server assigned no id, or not the requested one');
    }
    if (!isEqual(plain.subarray(message.clientIdLength), this.#options.longtermPublicKey)) {
      throw new XttError('longterm-key', 'the server confirmed another longterm key');
    }
    this.end();
    return { kind: 'done', clientId };
  }
}
