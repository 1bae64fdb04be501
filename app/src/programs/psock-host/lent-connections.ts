/**
 * The connections that a card has by this machine, while the network of the machine changes. One that can no longer go
 * the way that it began is reset at once: its sockets would stay silent until a timeout of some minutes. One that would
 * begin elsewhere now stays open, and the card is notified, so that it can make another beside it. So it does when
 * there is a way again where there was none.
 */
import { addressText, isSameAddress } from './address-bytes.ts';
import type { KernelNetwork } from './kernel-network.ts';
import { findWay, lossOf, type Course, type Way } from './way.ts';

export interface LentConnectionsOptions {
  readonly deviceInterfaces: () => readonly string[];
  readonly kernel: KernelNetwork;
  /** What connects now may begin elsewhere than before. */
  readonly onMoved: () => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Where a connection begins. */
type Beginning = Pick<Way, 'linkIndex' | 'local'>;

interface Lent {
  readonly course: Course;
  readonly reset: (reason: string) => void;
  /** The path that the card was last notified of. */
  told: string;
  noCarrierSince: number | undefined;
}

/** A cable that was out for less than this has not been taken to another network. */
const carrierGraceMs = 1000;
/** Destinations without a way, or whose way led nowhere, to be looked at again. */
const maxMissed = 8;

export class LentConnections {
  readonly #options: LentConnectionsOptions;
  readonly #lent = new Set<Lent>();
  /** By destination, the way that there was. */
  readonly #missed = new Map<string, { destination: Uint8Array; way: string }>();

  constructor(options: LentConnectionsOptions) {
    this.#options = options;
  }

  /** One that stands; `reset` is called at most once, by `look`. The result forgets it. */
  add(course: Course, reset: (reason: string) => void): () => void {
    this.#missed.delete(addressText(course.destination));
    const lent: Lent = { course, reset, told: wayOf(course), noCarrierSince: undefined };
    this.#lent.add(lent);
    return () => void this.#lent.delete(lent);
  }

  /** There is no connection there; `tried` is the way that was tried, if there was one. */
  missed(destination: Uint8Array, tried: Beginning | undefined): void {
    const key = addressText(destination);
    // The oldest one gives place.
    this.#missed.delete(key);
    if (this.#missed.size >= maxMissed) this.#missed.delete(this.#missed.keys().next().value!);
    this.#missed.set(key, { destination, way: tried ? wayOf(tried) : '' });
  }

  /** Something has changed. Returns after how many milliseconds to look again, if at all. */
  look(): number | undefined {
    if (this.#lent.size === 0 && this.#missed.size === 0) return undefined;
    const kernel = snapshotOf(this.#options.kernel);
    const waits = [...this.#lent].map((lent) => this.#lookAt(lent, kernel));
    const hasMoved = [...this.#lent].map((lent) => this.#movesElsewhere(lent, kernel));
    const hasReturned = [...this.#missed.values()].map((missed) => this.#isBack(missed, kernel));
    if (hasMoved.includes(true) || hasReturned.includes(true)) this.#options.onMoved();
    const known = waits.filter((wait) => wait !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Resets it when its way is gone, or says how long the way may be without carrier. */
  #lookAt(lent: Lent, kernel: KernelNetwork): number | undefined {
    const { deviceInterfaces, now } = this.#options;
    const loss = lossOf(lent.course, deviceInterfaces(), kernel);
    if (loss?.isPassing !== true) lent.noCarrierSince = undefined;
    else {
      lent.noCarrierSince ??= now();
      const left = lent.noCarrierSince + carrierGraceMs - now();
      if (left > 0) return left;
    }
    if (loss === undefined) return undefined;
    this.#lent.delete(lent);
    // Any way is news to the card: the same one again, too.
    this.missed(lent.course.destination, undefined);
    lent.reset(loss.reason);
    return undefined;
  }

  #movesElsewhere(lent: Lent, kernel: KernelNetwork): boolean {
    const { course } = lent;
    if (lent.noCarrierSince !== undefined) return false;
    const way = findWay(course.destination, this.#options.deviceInterfaces(), kernel);
    if (way.kind !== 'way' || way.local === undefined) return false;
    const key = wayOf(way);
    if (key === lent.told) return false;
    lent.told = key;
    return way.linkIndex !== course.linkIndex || !isSameNetwork(way.local, course.local);
  }

  #isBack(
    { destination, way: before }: { destination: Uint8Array; way: string },
    kernel: KernelNetwork,
  ): boolean {
    const way = findWay(destination, this.#options.deviceInterfaces(), kernel);
    if (way.kind !== 'way' || wayOf(way) === before) return false;
    this.#missed.delete(addressText(destination));
    return true;
  }
}

function wayOf({ linkIndex, local }: Beginning): string {
  return `${linkIndex} ${local ? addressText(local) : ''}`;
}

/** Temporary addresses of a /64 (RFC 8981) take turns without anything having moved. */
function isSameNetwork(a: Uint8Array, b: Uint8Array): boolean {
  const length = a.length === 16 ? 8 : 4;
  return a.length === b.length && isSameAddress(a.subarray(0, length), b.subarray(0, length));
}

/** Lists once what all connections are compared with. */
function snapshotOf(kernel: KernelNetwork): KernelNetwork {
  const links = kernel.links();
  const addresses = kernel.addresses();
  return { links: () => links, addresses: () => addresses, route: (query) => kernel.route(query) };
}
