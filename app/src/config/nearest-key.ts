/** Guesses which key was meant. */

/**
 * The known key that `unknown` is most likely a slip of, or undefined: the same last word in another group first
 * (`port` for `remote.port`), then the fewest letters inserted, left out, replaced or swapped, at most a third. A name
 * outside all groups is compared with the last words of the keys.
 */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const sameWord = known.filter((key) => lastWord(key) === lastWord(unknown));
  if (sameWord.length === 1) return sameWord[0];

  let nearest: string | undefined;
  let least = Math.floor(unknown.length / 3) + 1;
  for (const key of known) {
    const name = unknown.includes('.') ? key : lastWord(key);
    // The distance is at least the difference in length: this also keeps endless names cheap.
    if (Math.abs(name.length - unknown.length) >= least) continue;
    const distance = editDistance(unknown.toLowerCase(), name);
    if (distance < least) [nearest, least] = [key, distance];
  }
  return nearest;
}

function lastWord(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/** Optimal string alignment: Levenshtein's distance with swapped neighbours as one step. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let steps = Math.min(
        previous[j]! + 1,
        current[j - 1]! + 1,
        previous[j - 1]! + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        steps = Math.min(steps, beforePrevious[j - 2]! + 1);
      }
      current.push(steps);
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length]!;
}
