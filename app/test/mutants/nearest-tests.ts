/** Which unit tests are nearest to a file: those that import it, else those that import what imports it, and so on. */
import path from 'node:path';

/** From each file to what it imports, as paths below one folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const imports = /\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g;

/** The relative imports of a TypeScript file, as paths below the folder of `file`. */
export function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(imports)].map(([, first, second]) =>
    path.posix.join(path.posix.dirname(file), first ?? second ?? ''),
  );
}

/** Empty when no test reaches the file. */
export function nearestTests(graph: ImportGraph, file: string): string[] {
  const importers = new Map<string, string[]>();
  for (const [from, targets] of graph) {
    for (const to of targets) importers.set(to, [...(importers.get(to) ?? []), from]);
  }
  const seen = new Set([file]);
  for (let ring = [file]; ring.length > 0;) {
    ring = ring.flatMap((one) => importers.get(one) ?? []).filter((one) => !seen.has(one));
    for (const one of ring) seen.add(one);
    const tests = [...new Set(ring)].filter((one) => one.endsWith('.test.ts'));
    if (tests.length > 0) return tests.sort();
  }
  return [];
}
