/** The lines that a change has added, from the output of `git diff --unified=0`. */

/** From each file to its lines, counted from 1. Files that the change has removed are left out. */
export function changedLines(diff: string): Map<string, Set<number>> {
  const changed = new Map<string, Set<number>>();
  let lines: Set<number> | undefined;
  for (const text of diff.split('\n')) {
    const file = /^\+\+\+ (?:b\/(.*)|\/dev\/null)$/.exec(text);
    if (file !== null) {
      lines = file[1] === undefined ? undefined : new Set();
      if (file[1] !== undefined && lines !== undefined) changed.set(file[1], lines);
      continue;
    }
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (hunk === null) continue;
    const [first, count] = [Number(hunk[1]), Number(hunk[2] ?? 1)];
    for (let line = first; line < first + count; line++) lines?.add(line);
  }
  return changed;
}
