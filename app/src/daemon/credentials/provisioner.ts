/**
 * One run of provisioning with XTT: from the credentials of the group to a new identity in the files. Nothing
 * changes before the server has assigned an address.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { signAttestation, XttClient, XttError, type AttestRequest } from 'xtt';
import { Attempt, GivenUpError } from '../../core/attempt.ts';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { seconds, type Clock } from '../../core/time.ts';
import {
  installPending,
  keepPending,
  readPending,
  type IdentityPlace,
  type NewIdentity,
} from '../../identity/pending-pair.ts';
import { ProvisioningError } from '../../identity/provisioning-error.ts';
import { writeRoots } from '../../identity/roots-file.ts';
import {
  readGroupCredentials,
  readTunnelRoots,
  type GroupCredentials,
} from '../../identity/xtt/group-credentials.ts';
import { createLongtermPair, type LongtermPair } from '../../identity/xtt/longterm-pair.ts';
import type { TpmSettings } from '../../identity/tpm/tpm-settings.ts';
import { withGroup, type GroupPlace } from '../../identity/xtt/open-group.ts';
import type { WriteRehearsal } from '../../identity/write-rehearsal.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import { takeLock } from '../../platform/machine-lock.ts';
import { requireKept } from '../../status/format-storage.ts';
import type { StorageStatus } from '../../status/storage.ts';
import type { ProvisioningStep } from '../../tunnel/tunnel-state.ts';
import type { ServerSearch } from '../../uplink/search/restarting-search.ts';
import type { TransportStream } from '../../uplink/transport.ts';
import { UplinkError } from '../../uplink/uplink-error.ts';
import { XttHandshake } from './xtt-handshake.ts';

/** Of a whole run. A search alone may take 60 s, and the TPM of a card some seconds. */
export const longestRun = seconds(180);
/** For the run of another service. */
const longestWait = seconds(60);
const usualLock = 'enftun/provisioning';

/** A server that has proved itself. */
export interface ProvedServer {
  readonly handshake: XttHandshake;
  readonly request: AttestRequest;
  /** For the memory of the search. */
  readonly ofNoUse: () => void;
}

/** Owns the stream. Rejects with an UplinkError. */
export type ProveServer = (
  stream: TransportStream,
  /** For messages. */
  server: string,
  signal: AbortSignal,
) => Promise<Omit<ProvedServer, 'ofNoUse'>>;

export interface ProvisionerOptions {
  readonly place: IdentityPlace;
  readonly rootsFile: string;
  readonly group: GroupPlace;
  /** Where the key of the identity is made; undefined: in a file. */
  readonly keyTpm: TpmSettings | undefined;
  /** Of the configuration; undefined: that of the group. */
  readonly basename: string | undefined;
  readonly search: (prove: ProveServer, signal: AbortSignal) => ServerSearch<ProvedServer>;
  readonly clock: Clock;
  /** Of all runs. */
  readonly rehearsal: WriteRehearsal;
  /** Whether what is written is kept; undefined: as the kernel has it. */
  readonly storage?: StorageStatus;
  /** Name of the lock of this machine; tests have one of their own. */
  readonly lockName?: string;
}

export interface ProvisioningRequest {
  /** PEM of the certificate that is not to be used again. */
  readonly refusedCert: string | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (step: ProvisioningStep) => void;
}

export class Provisioner {
  readonly #options: ProvisionerOptions;
  #search: ServerSearch<ProvedServer> | undefined;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
  }

  /** Routes, addresses, or the transport of this name have changed. */
  networkChanged(transport: string | undefined): void {
    if (transport === undefined) this.#search?.routesChanged();
    else this.#search?.transportUsable(transport);
  }

  /** Writes the roots that the group brings along, if it does. Rejects with a ProvisioningError. */
  async restoreRoots(outer: AbortSignal): Promise<void> {
    await this.#bounded(outer, (signal) =>
      this.#alone(signal, () =>
        withGroup(this.#options.group, signal, async (source) => {
          await this.#writeRoots(await readTunnelRoots(source), signal);
        }),
      ),
    );
  }

  /** The files have a new identity when it resolves. Rejects with a ProvisioningError. */
  async run(request: ProvisioningRequest): Promise<void> {
    this.#requireKept();
    this.#requireSharedTpm();
    await this.#locked(() => this.#renew(request));
  }

  async #renew({ refusedCert, signal: outer, onStep }: ProvisioningRequest): Promise<void> {
    if (outer.aborted) throw new GivenUpError(outer.reason);
    const left = this.#leftBehind();
    if (left !== undefined && left.cert !== refusedCert) {
      onStep('storing');
      return this.#store(left);
    }
    await this.#bounded(outer, async (signal) => {
      onStep('waiting');
      await this.#alone(signal, async () => {
        onStep('group');
        await withGroup(this.#options.group, signal, async (source) => {
          const group = await readGroupCredentials(source, this.#options.basename);
          signal.throwIfAborted();
          await this.#rehearse(group);
          signal.throwIfAborted();
          await this.#provision(group, signal, onStep);
        });
      });
    });
  }

  async #provision(
    group: GroupCredentials,
    signal: AbortSignal,
    onStep: ProvisioningRequest['onStep'],
  ): Promise<void> {
    const pair = await this.#newPair();
    signal.throwIfAborted();
    onStep('server');
    const { handshake, request, ofNoUse } = await this.#findServer(group, pair, signal);
    let identity: NewIdentity;
    try {
      onStep('signing');
      const attestation = await signAttestation(request, pair, group, randomBytes);
      signal.throwIfAborted();
      onStep('answer');
      identity = await pair.identityFor(await handshake.finish(attestation, signal));
    } catch (error) {
      if (error instanceof ProvisioningError && error.reason === 'server') ofNoUse();
      throw explained(error);
    } finally {
      handshake.close();
    }
    signal.throwIfAborted();
    onStep('storing');
    await this.#writeRoots(group.tunnelRoots, signal);
    await this.#keep(identity);
  }

  /** What is written to a card that runs from memory is gone at its next start, with the key that the ENF has then. */
  #requireKept(): void {
    const { place, storage } = this.#options;
    try {
      requireKept(path.dirname(place.keyFile), storage);
    } catch (error) {
      throw ofFiles(error);
    }
  }

  /** The key is made and signs while the credentials of the group are read: two programs, as the TPM has it. */
  #requireSharedTpm(): void {
    const { group, keyTpm } = this.#options;
    if (group.folder !== undefined || !/^\/dev\/tpm\d+$/.test(keyTpm?.device ?? '')) return;
    const problem = `the TPM ${keyTpm?.device} serves one opening at a time, and provisioning needs two`;
    const advice = 'set identity.tpm.device to /dev/tpmrm0, which programs share';
    throw new ProvisioningError('tpm', `${problem}; ${advice}`);
  }

  async #rehearse({ tunnelRoots: pem }: GroupCredentials): Promise<void> {
    const { place, rootsFile: file, rehearsal } = this.#options;
    await writing(() => rehearsal.check(place, pem === undefined ? undefined : { file, pem }));
  }

  async #newPair(): Promise<LongtermPair> {
    const { place, keyTpm } = this.#options;
    try {
      return await createLongtermPair(place.keyFile, keyTpm);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      throw new ProvisioningError('tpm', error.message, error);
    }
  }

  async #findServer(
    group: GroupCredentials,
    pair: LongtermPair,
    signal: AbortSignal,
  ): Promise<ProvedServer> {
    const { clock } = this.#options;
    this.#search = this.#options.search(async ({ stream }, server, given) => {
      const options = { ...group, longtermPublicKey: pair.publicKey };
      const client = new XttClient(options, clock.now());
      const handshake = new XttHandshake({ stream, client, server, clock });
      try {
        return { handshake, request: await handshake.prove(given) };
      } catch (error) {
        handshake.close();
        throw error;
      }
    }, signal);
    try {
      return await this.#search.connection;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UplinkError)) throw error;
      const problem = `no provisioning server can be used: ${error.message}`;
      throw new ProvisioningError('unreachable', problem, error);
    } finally {
      this.#search = undefined;
    }
  }

  /** A pair that an earlier run received and could not put into its places; undefined if there is none. */
  #leftBehind(): NewIdentity | undefined {
    try {
      return readPending(this.#options.place);
    } catch (error) {
      // Whatever it is, the next run writes its own in its place.
      if (error instanceof ConfigError) return undefined;
      throw ofFiles(error);
    }
  }

  /** A person at `enftun keygen` writes the same files. That one has the lock from its first question to its end. */
  async #locked(work: () => Promise<void>): Promise<void> {
    let hasBegun = false;
    try {
      await withFileLock(this.#options.place.keyFile, () => {
        hasBegun = true;
        return work();
      });
    } catch (error) {
      if (hasBegun || !(error instanceof EnvironmentError)) throw error;
      throw new ProvisioningError(error.errno === 'EBUSY' ? 'busy' : 'files', error.message, error);
    }
  }

  async #keep(identity: NewIdentity): Promise<void> {
    await this.#writing(() => keepPending(this.#options.place, identity));
    await this.#store(identity);
  }

  #store(identity: NewIdentity): Promise<void> {
    return this.#writing(() => installPending(this.#options.place, identity));
  }

  async #writeRoots(roots: string | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (roots !== undefined) await this.#writing(() => writeRoots(this.#options.rootsFile, roots));
  }

  async #writing(write: () => Promise<void>): Promise<void> {
    try {
      await writing(write);
    } catch (error) {
      this.#options.rehearsal.forget();
      throw error;
    }
  }

  /** Runs `work` while no other service of this machine does the same. */
  async #alone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { clock, lockName = usualLock } = this.#options;
    const free = await takeLock({ name: lockName, longestWait, clock, signal });
    if (free === undefined) {
      const problem =
        'another service of this machine has been asking for its identity for a minute';
      throw new ProvisioningError('busy', `${problem}; this one tries again after it`);
    }
    try {
      await work();
    } finally {
      free();
    }
  }

  /** The whole of the work has a deadline. */
  async #bounded(outer: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const attempt = new Attempt(outer);
    let isLate = false;
    const cancel = this.#options.clock.schedule(longestRun, () => {
      isLate = true;
      attempt.giveUp();
    });
    try {
      await work(attempt.signal);
    } catch (error) {
      // Work that fails for a reason of its own, or a bug, is not late.
      if (!isLate || !(error instanceof GivenUpError)) throw error;
      const problem = `provisioning took longer than ${longestRun / 1000} s`;
      throw new ProvisioningError('server', `${problem}; it is tried again`, error);
    } finally {
      cancel();
      attempt.giveUp();
    }
  }
}

/** An error of the group's key: it does not fit the credential, or answers with something unusable. */
function explained(error: unknown): unknown {
  if (!(error instanceof XttError)) return error;
  const problem = `this device cannot prove that it is a member of its group: ${error.message}`;
  return new ProvisioningError('group', `${problem}; prepare it again`, error);
}

async function writing(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw ofFiles(error);
  }
}

/** For the operator; a bug stays one. */
function ofFiles(error: unknown): unknown {
  if (!(error instanceof EnvironmentError)) return error;
  return new ProvisioningError('files', error.message, error);
}
