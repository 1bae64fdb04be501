/** The failed attempts of a search as one error, whose text stays short however many there were. */
import { clip, firstPhrases } from '../../core/bounded-text.ts';
import { UplinkError, type UplinkFailure } from '../uplink-error.ts';

/** What got furthest says most about what is wrong. */
const depth: Readonly<Record<UplinkFailure, number>> = {
  stopped: 0,
  unreachable: 1,
  'handshake-failed': 2,
  'server-untrusted': 3,
};

/** Of each transport, so that a hundred addresses of the one do not hide why the other is of no use. */
const phrasesPerTransport = 4;
/** Of the whole text, which goes into the log and the status. */
const longestText = 1000;
/** Of the errors kept as the cause. */
const mostCauses = 16;

export class Failures {
  readonly #phrases = new Map<string, Set<string>>();
  readonly #causes: Error[] = [];
  #kind: UplinkFailure = 'unreachable';
  #count = 0;

  add(transport: string, error: Error): void {
    this.#count++;
    if (this.#causes.length < mostCauses) this.#causes.push(error);
    const phrases = this.#phrases.get(transport) ?? new Set();
    this.#phrases.set(transport, phrases.add(error.message));
    if (error instanceof UplinkError && depth[error.failure] > depth[this.#kind]) {
      this.#kind = error.failure;
    }
  }

  /** `ending`: why the search did not go on; undefined when everything was tried. */
  summary(ending: string | undefined): UplinkError {
    const [first] = this.#causes;
    if (first === undefined) {
      const problem = ending ?? 'no server to connect to; name one in remote.hosts';
      return new UplinkError('unreachable', problem, { errno: 'EDESTADDRREQ', syscall: 'connect' });
    }
    if (this.#count === 1 && ending === undefined && first instanceof UplinkError) return first;
    const words = [...this.#phrases.values()].map((phrases) =>
      firstPhrases([...phrases], phrasesPerTransport),
    );
    const text = [...words, ...(ending === undefined ? [] : [ending])].join('; ');
    return new UplinkError(this.#kind, clip(text, longestText), {
      errno: symbolicErrno(first),
      syscall: 'connect',
      cause: this.#count > 1 ? new AggregateError(this.#causes) : first,
    });
  }
}

function symbolicErrno(error: Error): string {
  return 'errno' in error && typeof error.errno === 'string' ? error.errno : 'EHOSTUNREACH';
}
