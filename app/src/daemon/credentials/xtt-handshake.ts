/**
 * The client's side of an XTT handshake over a connected stream, in two halves. In the first the server proves itself,
 * which decides the search for a server; in the second the device shows that it is a member of its group, and receives
 * its id. The deadline is that of the state machine in the package `xtt`.
 */
import type { Duplex } from 'node:stream';
import type { Attestation, AttestRequest, ClientStep, XttClient, XttError } from 'xtt';
import { GivenUpError } from '../../core/attempt.ts';
import { elapsed, instant, seconds, type Clock } from '../../core/time.ts';
import { ProvisioningError } from '../../identity/provisioning-error.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { UplinkError } from '../../uplink/uplink-error.ts';

/** For an Error message to leave before the stream is destroyed. */
const farewellTime = seconds(0.2);

export interface XttHandshakeOptions {
  readonly stream: Duplex;
  readonly client: XttClient;
  /** The server, for messages: address and port. */
  readonly server: string;
  readonly clock: Clock;
}

type FailedStep = Extract<ClientStep, { kind: 'failed' }>;
type Answer = Exclude<ClientStep, { kind: 'wait' | 'failed' }>;

/** What ended a handshake: an error of the handshake, or the words for what became of the stream. */
class HandshakeFailure {
  readonly problem: string;
  readonly error: XttError | undefined;

  constructor(problem: string, error?: XttError) {
    this.problem = problem;
    this.error = error;
  }
}

export class XttHandshake {
  readonly #options: XttHandshakeOptions;
  /** What became of the stream. */
  #lost: HandshakeFailure | undefined;
  #onLost: (() => void) | undefined;

  constructor(options: XttHandshakeOptions) {
    this.#options = options;
    const { stream } = options;
    stream.on('error', (error) => this.#lose(systemErrno(error).text));
    stream.on('end', () => this.#lose('it closed the connection'));
    stream.on('close', () => this.#lose('the connection was closed'));
  }

  /** Resolves when the server has proved itself. Rejects with an UplinkError, and ends the connection then. */
  async prove(signal: AbortSignal): Promise<AttestRequest> {
    const step = await this.#exchange(this.#options.client.clientInit, signal, (failure) =>
      this.#ofNoUse(failure),
    );
    if (step.kind === 'sign') return step.request;
    throw new TypeError(`the XTT handshake is at "${step.kind}", expected "sign"`);
  }

  /** Sends the signatures; resolves with the id, 16 bytes. Rejects with a ProvisioningError. */
  async finish(attestation: Attestation, signal: AbortSignal): Promise<Uint8Array> {
    const { client, clock } = this.#options;
    const attest = client.attest(attestation, clock.now());
    if (attest.kind === 'failed') throw this.#refusal(this.#leaveFailed(attest));
    if (attest.kind !== 'send') throw new TypeError(`there is nothing to attest: "${attest.kind}"`);
    const step = await this.#exchange(attest.bytes, signal, (failure) => this.#refusal(failure));
    if (step.kind === 'done') return step.clientId;
    throw new TypeError(`the XTT handshake is at "${step.kind}", expected "done"`);
  }

  /** Idempotent. */
  close(): void {
    this.#leave(this.#options.client.abort());
  }

  /** Sends `bytes`; resolves with the step to which the answer leads. */
  #exchange(
    bytes: Uint8Array,
    signal: AbortSignal,
    errorFor: (failure: HandshakeFailure) => Error,
  ): Promise<Answer> {
    const { stream, client, clock } = this.#options;
    let stop = (): void => undefined;
    const exchange = new Promise<Answer>((resolve, reject) => {
      const take = (step: ClientStep): void => {
        if (step.kind === 'failed') reject(errorFor(this.#leaveFailed(step)));
        else if (step.kind !== 'wait') resolve(step);
      };
      const onData = (data: Buffer): void => {
        try {
          take(client.receive(data, clock.now()));
        } catch (bug) {
          reject(bug instanceof Error ? bug : new TypeError(String(bug)));
        }
      };
      const onAbort = (): void => reject(new GivenUpError(signal.reason));
      const deadline = instant(client.deadline ?? clock.now());
      const cancel = clock.schedule(elapsed(clock.now(), deadline), () => {
        take(client.expire(Math.max(clock.now(), deadline)));
      });
      this.#onLost = () => reject(errorFor(this.#lost!));
      stop = () => {
        cancel();
        this.#onLost = undefined;
        signal.removeEventListener('abort', onAbort);
        stream.off('data', onData);
        stream.pause();
      };
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      if (this.#lost !== undefined) this.#onLost();
      stream.on('data', onData);
      stream.resume();
      stream.write(bytes);
    });
    return exchange.finally(() => stop());
  }

  #lose(problem: string): void {
    this.#lost ??= new HandshakeFailure(problem);
    this.#onLost?.();
  }

  #leaveFailed({ error, bytes }: FailedStep): HandshakeFailure {
    this.#leave(bytes);
    return new HandshakeFailure(error.message, error);
  }

  #leave(bytes: Uint8Array): void {
    const { stream, clock } = this.#options;
    if (stream.destroyed) return;
    stream.end(bytes);
    clock.schedule(farewellTime, () => stream.destroy());
  }

  #ofNoUse({ problem, error }: HandshakeFailure): UplinkError {
    const isUntrusted = error !== undefined && untrusted.includes(error.code);
    const message = `${this.#options.server}: no XTT handshake: ${problem}`;
    const details = { errno: 'EPROTO', syscall: 'xtt', cause: error };
    return new UplinkError(isUntrusted ? 'server-untrusted' : 'handshake-failed', message, details);
  }

  #refusal({ problem, error }: HandshakeFailure): ProvisioningError {
    const { server } = this.#options;
    if (error?.code === 'peer-error') {
      const refused = `the provisioning server ${server} refuses this device`;
      const advice =
        'ask the operator of the ENF whether its group is registered, and this member not revoked';
      return new ProvisioningError('refused', `${refused}; ${advice}`, error);
    }
    const advice = 'if this persists, ask the operator of the ENF';
    const failed = `the provisioning server ${server} gave no identity: ${problem}`;
    return new ProvisioningError('server', `${failed}; ${advice}`, error);
  }
}

/** The server has no certificate of our root, or not its key. */
const untrusted: readonly string[] = ['root', 'certificate-signature', 'server-signature'];
