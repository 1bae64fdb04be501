/**
 * From an IPv6 address inside a packet to the client that owns it, without making a string or an object per packet:
 * open addressing over the address's four 32-bit words. Lookups run per packet, changes once per session.
 */
import { readUint32 } from '../../wire/bytes.ts';

const initialSlots = 64;

export class AddressTable<T extends object> {
  #words = new Uint32Array(initialSlots * 4);
  #values: (T | undefined)[] = new Array<T | undefined>(initialSlots).fill(undefined);
  #mask = initialSlots - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The owner of the address in `buf[off, off + 16)`. */
  find(buf: Uint8Array, off: number): T | undefined {
    return this.#values[this.#slotOf(buf, off)];
  }

  /** Replaces the owner if there is one. */
  set(address: Uint8Array, value: T): void {
    if ((this.#size + 1) * 2 > this.#mask) this.#rebuild(this.#values.length * 2);
    const slot = this.#slotOf(address, 0);
    if (this.#values[slot] === undefined) this.#size++;
    this.#values[slot] = value;
    for (let i = 0; i < 4; i++) this.#words[slot * 4 + i] = readUint32(address, i * 4);
  }

  delete(address: Uint8Array): void {
    const slot = this.#slotOf(address, 0);
    if (this.#values[slot] === undefined) return;
    this.#values[slot] = undefined;
    this.#size--;
    // A hole would cut probe sequences that pass over it.
    this.#rebuild(this.#values.length);
  }

  *values(): Generator<T> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  /** The address's slot, or the empty slot where it would go. At least half of the slots are empty. */
  #slotOf(buf: Uint8Array, off: number): number {
    const a = readUint32(buf, off);
    const b = readUint32(buf, off + 4);
    const c = readUint32(buf, off + 8);
    const d = readUint32(buf, off + 12);
    return this.#probe(a, b, c, d);
  }

  #probe(a: number, b: number, c: number, d: number): number {
    const words = this.#words;
    let slot = hash(a, b, c, d) & this.#mask;
    while (this.#values[slot] !== undefined) {
      const at = slot * 4;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) {
        break;
      }
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #rebuild(slots: number): void {
    const words = this.#words;
    const values = this.#values;
    this.#words = new Uint32Array(slots * 4);
    this.#values = new Array<T | undefined>(slots).fill(undefined);
    this.#mask = slots - 1;
    values.forEach((value, from) => {
      if (value === undefined) return;
      const key = words.subarray(from * 4, from * 4 + 4);
      const to = this.#probe(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0);
      this.#values[to] = value;
      this.#words.set(key, to * 4);
    });
  }
}

/** Addresses of one site differ in few bits: every word is mixed into all bits of the result. */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ b, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13) ^ c, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16) ^ d, 0x165667b1);
  return h ^ (h >>> 15);
}
