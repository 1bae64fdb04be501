/**
 * How soon a device whose last runs brought no identity may ask for another one. The first refusals may be a mistake
 * that is being corrected at the ENF, and are retried with the back-off of the tunnel. After that each run is work for
 * the ENF, which replaces the key that it has registered, and wear for the flash memory of the card, with little hope:
 * they are an hour apart then. A run that never reached a server costs nothing of that, and does not count.
 */
import { after, elapsed, seconds, type Duration, type Instant } from '../core/time.ts';

/** Failures in a row that are answered by a run at once. */
export const mostPromptFailures = 3;
export const failedPause = seconds(3600);

export class ProvisioningPolicy {
  #failures = 0;
  #lastFailure: Instant | undefined;

  /** The server had the proof of the device and gave nothing, or the tunnel's server refuses what it gave. */
  failed(now: Instant): void {
    this.#failures++;
    this.#lastFailure = now;
  }

  /** The ENF has given an identity that this machine cannot use: the next one would hardly be better. */
  unusable(now: Instant): void {
    this.#failures = mostPromptFailures;
    this.failed(now);
  }

  /** The ENF has accepted the identity, or a person asks for another try. */
  reset(): void {
    this.#failures = 0;
  }

  /** Until the next run may begin; 0: now. */
  wait(now: Instant): Duration {
    if (this.#lastFailure === undefined || this.#failures <= mostPromptFailures) return seconds(0);
    const rest = elapsed(now, after(this.#lastFailure, failedPause));
    return rest > 0 ? rest : seconds(0);
  }
}
