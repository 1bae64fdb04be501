/** A source of randomness that returns what it was given, one after the other: for vectors. */
import assert from 'node:assert/strict';
import type { RandomBytes } from '../src/points.ts';

export function scriptedRandom(...outputs: readonly Uint8Array[]): RandomBytes {
  const left = [...outputs];
  return (length) => {
    const next = left.shift();
    assert.ok(next, 'no more randomness is expected');
    assert.equal(next.length, length);
    // A copy: the code that makes a secret of it overwrites it.
    return next.slice();
  };
}
