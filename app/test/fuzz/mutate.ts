/** Random changes of bytes, reproducible from a seed. The kinds of change are those that break length fields. */

/** Uniform numbers in [0, below). */
export type Random = (below: number) => number;

/** A small generator (xorshift32): quality does not matter here, repeating a run does. */
export function randomFrom(seed: number): Random {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const interesting = [0, 1, 2, 3, 4, 7, 8, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const maxLength = 2048;

/** One to four changes of `input`; `other` lends bytes. Neither is modified. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = Array.from(input);
  for (let changes = 1 + random(4); changes > 0; changes--) bytes = change(bytes, other, random);
  return Uint8Array.from(bytes.slice(0, maxLength));
}

function change(bytes: number[], other: Uint8Array, random: Random): number[] {
  const at = random(bytes.length + 1);
  const length = random(Math.min(24, bytes.length - at) + 1);
  const before = bytes.slice(0, at);
  switch (random(8)) {
    case 0: // cut short
      return before;
    case 1: // take a piece out
      return [...before, ...bytes.slice(at + length)];
    case 2: // repeat a piece
      return [...before, ...bytes.slice(at, at + length), ...bytes.slice(at)];
    case 3: {
      // a piece of the other input
      const from = random(other.length + 1);
      return [...before, ...other.slice(from, from + 1 + random(24)), ...bytes.slice(at)];
    }
    case 4: // the rest of the other input
      return [...before, ...other.slice(random(other.length + 1))];
    case 5: // random bytes
      return [...before, ...Array.from({ length }, () => random(256)), ...bytes.slice(at + length)];
    case 6: // one bit
      return [...before, (bytes[at] ?? 0) ^ (1 << random(8)), ...bytes.slice(at + 1)];
    default: // a byte that lengths and types like
      return [...before, interesting[random(interesting.length)]!, ...bytes.slice(at + 1)];
  }
}
