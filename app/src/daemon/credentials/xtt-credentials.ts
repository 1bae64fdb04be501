/**
 * The identity from its files, and from a provisioning server when they have none that can be used, or when the ENF has
 * refused the one that they have. What cannot be reached or read now does not lead
 * here: only a fault of the files (`IdentityError`) and an authenticated refusal do.
 */
import type { Clock, Duration } from '../../core/time.ts';
import { IdentityError } from '../../identity/identity-error.ts';
import { isPasswordRefusal } from '../../identity/tpm/tpm-keys.ts';
import type { Identity } from '../../identity/identity.ts';
import { ProvisioningError } from '../../identity/provisioning-error.ts';
import type { Logger } from '../../platform/log.ts';
import { ProvisioningPolicy } from '../../tunnel/provisioning-policy.ts';
import type { Credentials, LoadRequest } from './credentials.ts';
import type { Provisioner } from './provisioner.ts';

export interface XttCredentialsOptions {
  readonly files: Pick<Credentials, 'load' | 'reload'>;
  /** Made for each run: a reload changes the configuration. */
  readonly provisioner: () => Promise<Pick<Provisioner, 'run' | 'restoreRoots' | 'networkChanged'>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** What the files have, and why that is not enough; undefined: it is. */
interface Found {
  readonly identity: Identity | undefined;
  readonly need: string | undefined;
}

export class XttCredentials implements Credentials {
  readonly #options: XttCredentialsOptions;
  readonly #policy = new ProvisioningPolicy();
  /** Of the last run that counts; undefined if the tunnel's server has refused its identity since. */
  #lastFailure: ProvisioningError | undefined;
  /** PEM of the last refused certificate that was counted. */
  #counted: string | undefined;
  #running: Pick<Provisioner, 'networkChanged'> | undefined;

  constructor(options: XttCredentialsOptions) {
    this.#options = options;
  }

  async load(request: LoadRequest): Promise<Identity> {
    let found: Found = { identity: undefined, need: undefined };
    try {
      found = await this.#find(request);
      if (found.need !== undefined) return await this.#provision(found.need, found, request);
    } catch (error) {
      if (!(error instanceof ProvisioningError)) throw error;
      const { reason, message } = error;
      request.onEnd(message);
      if (found.identity === undefined) throw error;
      const what = 'no new identity in the place of the refused one';
      this.#options.log.warning(`provisioning-failed.${reason}`, `${what}: ${message}`, what);
    }
    return found.identity!;
  }

  reload(): Promise<boolean> {
    this.#policy.reset();
    return this.#options.files.reload();
  }

  accepted(): void {
    this.#policy.reset();
    this.#counted = undefined;
  }

  networkChanged(transport?: string): void {
    this.#running?.networkChanged(transport);
  }

  /** Roots that are missing in the files may be those of the group. */
  async #find(request: LoadRequest): Promise<Found> {
    const first = await this.#read(request);
    if (!(first instanceof IdentityError) || first.step !== 'ca')
      return this.#judge(first, request);
    // The start of the service must not wait for it.
    request.onStep('waiting');
    const provisioner = await this.#options.provisioner();
    await provisioner.restoreRoots(request.signal);
    request.onEnd(undefined);
    const next = await this.#read(request);
    // A new identity would not mend this.
    if (next instanceof IdentityError && next.step === 'ca') throw next;
    return this.#judge(next, request);
  }

  #judge(read: Identity | IdentityError, { refused }: LoadRequest): Found {
    if (read instanceof IdentityError) return { identity: undefined, need: read.message };
    if (read.cert !== refused?.cert) return { identity: read, need: undefined };
    this.#countRefusal(read);
    return { identity: read, need: 'the ENF refuses the one of this device' };
  }

  async #read(request: LoadRequest): Promise<Identity | IdentityError> {
    try {
      return await this.#options.files.load(request);
    } catch (error) {
      if (error instanceof IdentityError && !isPasswordRefusal(error)) return error;
      throw error;
    }
  }

  async #provision(need: string, { identity }: Found, request: LoadRequest): Promise<Identity> {
    const { clock, log } = this.#options;
    const wait = this.#policy.wait(clock.now());
    if (wait > 0) throw pausing(wait, this.#lastFailure);
    log.info('provisioning', `asking for a new identity: ${need}`);
    await this.#run(identity, request);
    const next = await this.#readStored(identity, request);
    log.info('provisioned', `this device has a new identity: ${next.addressText}`);
    request.onEnd(undefined);
    return next;
  }

  async #run(refused: Identity | undefined, { signal, onStep }: LoadRequest): Promise<void> {
    const provisioner = await this.#options.provisioner();
    this.#running = provisioner;
    let wasProofSent = false;
    try {
      await provisioner.run({
        ...{ refusedCert: refused?.cert, signal },
        onStep: (step) => {
          wasProofSent ||= step === 'answer';
          onStep(step);
        },
      });
    } catch (error) {
      if (error instanceof ProvisioningError && wasProofSent) {
        this.#lastFailure = error;
        this.#policy.failed(this.#options.clock.now());
      }
      throw error;
    } finally {
      // A run that was given up may end after the next one has begun.
      if (this.#running === provisioner) this.#running = undefined;
    }
  }

  /** What a run has stored. Files that cannot be used leave the refused identity in use, or none. */
  async #readStored(refused: Identity | undefined, request: LoadRequest): Promise<Identity> {
    const next = await this.#read(request);
    if (!(next instanceof IdentityError) && next.cert !== refused?.cert) return next;
    const why = next instanceof IdentityError ? `: ${next.message}` : '; the log has the reason';
    const advice = 'correct that, and the files are used without another request';
    this.#lastFailure = new ProvisioningError(
      'files',
      `the ENF has given this device an identity, which cannot be used${why}; ${advice}`,
    );
    this.#policy.unusable(this.#options.clock.now());
    throw this.#lastFailure;
  }

  /** Each identity that is refused counts once, however often it is tried again. */
  #countRefusal({ cert }: Identity): void {
    if (cert === this.#counted) return;
    this.#counted = cert;
    this.#lastFailure = undefined;
    this.#policy.failed(this.#options.clock.now());
  }
}

function pausing(wait: Duration, last: ProvisioningError | undefined): ProvisioningError {
  const minutes = Math.ceil(wait / 60_000);
  const when = `which asks for a new identity again in ${minutes} min`;
  if (last === undefined || last.reason === 'refused') {
    const advice = 'ask the operator of the ENF, then reload the service to try at once';
    const problem = `the ENF keeps refusing this device, ${when}`;
    return new ProvisioningError('refused', `${problem}; ${advice}`);
  }
  const problem = `the ENF has answered this device without success, ${when}`;
  const advice = 'reload the service to try at once';
  return new ProvisioningError(last.reason, `${problem}; ${advice}. The last try: ${last.message}`);
}
