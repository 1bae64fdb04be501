/**
 * Whether the files of a new identity can be written, found out before a server is asked: it replaces the key that it
 * has registered, and one that cannot be stored is lost. Each rehearsal wears the flash memory, and an unreachable
 * server may be tried for days, so that what succeeded is taken for true for an hour.
 */
import { after, seconds, type Clock, type Instant } from '../core/time.ts';
import { rehearsePair, type IdentityPlace } from './pending-pair.ts';
import { rehearseRoots } from './roots-file.ts';

/** How long a rehearsal is good for. */
export const rehearsalValid = seconds(3600);

export interface RehearsedRoots {
  readonly file: string;
  /** PEM. */
  readonly pem: string;
}

export class WriteRehearsal {
  readonly #clock: Pick<Clock, 'now'>;
  /** What can be written, and until when that is taken for true. */
  #last: { readonly subject: string; readonly until: Instant } | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** `roots`: undefined if none are to be written. Rejects with the EnvironmentError that writing would end with. */
  async check(place: IdentityPlace, roots: RehearsedRoots | undefined): Promise<void> {
    const subject = JSON.stringify([place, roots]);
    const last = this.#last;
    if (last?.subject === subject && this.#clock.now() < last.until) return;
    await rehearsePair(place);
    if (roots !== undefined) await rehearseRoots(roots.file, roots.pem);
    this.#last = { subject, until: after(this.#clock.now(), rehearsalValid) };
  }

  /** Something could not be written: the next check tries it again. */
  forget(): void {
    this.#last = undefined;
  }
}
