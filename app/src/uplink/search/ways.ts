/**
 * From which local address each address of a search was tried. After a change of routes the kernel is asked again, and
 * what has another way now, or none, is tried again.
 */
import type { Transport } from '../transport.ts';
import { isOutside, type Candidate } from './candidates.ts';

export class Ways {
  /** Undefined where there was no way, and where the transport cannot find it. */
  readonly #ways = new Map<Candidate, string | undefined>();

  /** Call before the attempt starts. */
  add(candidate: Candidate): void {
    this.#ways.set(candidate, wayTo(candidate));
  }

  /** What would be tried otherwise now. */
  changed(): Set<Candidate> {
    const changed = [...this.#ways].filter(([candidate, way]) => wayTo(candidate) !== way);
    return new Set(changed.map(([candidate]) => candidate));
  }

  /** Forgets what was tried over this transport, except for what is under way. */
  keepOnly(transport: Transport, underWay: readonly Candidate[]): void {
    for (const candidate of this.#ways.keys()) {
      if (candidate.transport === transport && !underWay.includes(candidate)) {
        this.#ways.delete(candidate);
      }
    }
  }
}

function wayTo({ transport, target }: Candidate): string | undefined {
  try {
    return transport.localAddressTowards(target);
  } catch (error) {
    if (!isOutside(error)) throw error;
    return undefined;
  }
}
