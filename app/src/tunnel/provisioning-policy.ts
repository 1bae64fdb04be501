/**
 * How soon a device that was refused may ask for another identity. The first refusals may be a mistake that is being
 * corrected at the ENF, and are retried with the back-off of the tunnel. After that each run is work for the ENF, and
 * wear for the flash memory of the card, with little hope: they are an hour apart then.
 */
import { after, elapsed, seconds, type Duration, type Instant } from '../core/time.ts';

/** Refusals in a row that are answered by a run at once. */
export const mostPromptRefusals = 3;
export const refusedPause = seconds(3600);

export class ProvisioningPolicy {
  #refusals = 0;
  #lastRun: Instant | undefined;

  /** A run begins. */
  runs(now: Instant): void {
    this.#lastRun = now;
  }

  /** The device was refused: by the provisioning server, or by the tunnel's with an identity that it had received. */
  refused(): void {
    this.#refusals++;
  }

  /** The ENF has accepted the identity, or a person asks for another try. */
  reset(): void {
    this.#refusals = 0;
  }

  /** Until the next run may begin; 0: now. */
  wait(now: Instant): Duration {
    if (this.#lastRun === undefined || this.#refusals <= mostPromptRefusals) return seconds(0);
    const rest = elapsed(now, after(this.#lastRun, refusedPause));
    return rest > 0 ? rest : seconds(0);
  }
}
