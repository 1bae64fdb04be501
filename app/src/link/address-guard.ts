/**
 * Keeps the tunnel's address and MTU on a TUN interface. The kernel takes IPv6 addresses away when an interface goes
 * down, when its MTU falls below 1280 and when IPv6 is switched off, and gives none back; anybody may delete one. So
 * the interface is looked at with each tunnel that begins, and whenever the kernel reports a change of it.
 *
 * Another program may want something else of the interface. The two must not fight as fast as they can: repairs are
 * limited in their rate.
 */
import { Attempt } from '../core/attempt.ts';
import { EnvironmentError } from '../core/errors.ts';
import { seconds, type Clock } from '../core/time.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { Shortcoming, WantedAddress } from './interface-address.ts';

export interface AddressGuardOptions {
  readonly interfaceName: string;
  /** Rejects with an EnvironmentError. */
  readonly set: (wanted: WantedAddress, signal: AbortSignal) => Promise<void>;
  /** As `shortcomingOf`. Throws an EnvironmentError if the kernel cannot be asked. */
  readonly shortcoming: (address: string) => Shortcoming | undefined;
  readonly clock: Clock;
}

/** Repairs at once after a quiet time, and the shortest time between two when they do not last. */
const repairBurst = 5;
const repairInterval = seconds(10);

/** More than one only when none of them could be replaced by the next. */
const maxPlaced = 8;

export class AddressGuard {
  /** Called when something about the interface has become wrong, is wrong for another reason, or is right again. */
  onProblem: (problem: string | undefined) => void = () => undefined;

  readonly #options: AddressGuardOptions;
  readonly #repairs = new TokenBucket(repairBurst, repairInterval);
  /** The address that is looked after: undefined while another one is being set, or could not be. */
  #guarded: string | undefined;
  /** Newest first: what this process put on the interface, and has to go when another address is wanted. */
  #placed: readonly string[] = [];
  #isFirst = true;
  /** One change at a time. */
  #change: Promise<void> = Promise.resolve();
  #repair: Attempt | undefined;
  /** Why the last repair failed. */
  #failure: string | undefined;
  #told: string | undefined;
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  constructor(options: AddressGuardOptions) {
    this.#options = options;
  }

  /** What is wrong with the interface now, in one line; undefined when nothing is, or nothing is looked after. */
  get problem(): string | undefined {
    return this.#ask()?.words;
  }

  /** Makes this the interface's tunnel address. Rejects with an EnvironmentError; the caller retries. */
  set(addressText: string, signal: AbortSignal): Promise<void> {
    this.#endRepair();
    return this.#next(() => this.#set(addressText, signal));
  }

  /** Something about the interface has changed, perhaps by what this guard did. */
  look(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    if (this.#repair !== undefined || this.#isClosed) return;
    const problem = this.#ask();
    if (problem?.isOurs !== true) this.#failure = undefined;
    this.#tell(problem?.words);
    if (problem?.isOurs !== true || this.#guarded === undefined) return;
    if (this.#repairs.take(this.#options.clock.now())) void this.#put(this.#guarded);
    else this.#lookLater();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#endRepair();
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  async #set(address: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const former = this.#placed.filter((placed) => placed !== address);
    this.#guarded = undefined;
    this.#placed = [address, ...former].slice(0, maxPlaced);
    await this.#options.set({ address, former, bringUp: this.#isFirst }, signal);
    signal.throwIfAborted();
    this.#placed = [address];
    this.#isFirst = false;
    this.#guarded = address;
    this.look();
  }

  /** Puts back what is gone. */
  async #put(address: string): Promise<void> {
    const repair = new Attempt();
    this.#repair = repair;
    try {
      await this.#next(() =>
        this.#options.set({ address, former: [], bringUp: false }, repair.signal),
      );
      if (repair.isGivenUp) return;
      this.#repair = undefined;
      this.look();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (repair.isGivenUp) return;
      this.#repair = undefined;
      this.#failure = error.message;
      this.#tell(this.problem);
      this.#lookLater();
    }
  }

  #endRepair(): void {
    this.#repair?.giveUp();
    this.#repair = undefined;
  }

  #next(change: () => Promise<void>): Promise<void> {
    const next = this.#change.then(change);
    this.#change = next.catch(() => undefined);
    return next;
  }

  #ask(): Shortcoming | undefined {
    const { interfaceName, shortcoming } = this.#options;
    if (this.#guarded === undefined) return undefined;
    try {
      const found = shortcoming(this.#guarded);
      if (found === undefined) return undefined;
      const why = this.#failure === undefined || !found.isOurs ? '' : `; ${this.#failure}`;
      return { ...found, words: `${interfaceName} ${found.words}${why}` };
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      return { words: error.message, isOurs: true };
    }
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#cancelLook?.();
    this.#cancelLook = this.#options.clock.schedule(repairInterval, () => this.look());
  }

  #tell(problem: string | undefined): void {
    if (this.#isClosed || problem === this.#told) return;
    this.#told = problem;
    this.onProblem(problem);
  }
}
