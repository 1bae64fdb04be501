/** Reads the imports of every source and test, from which the tests nearest to a file follow. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { importsOf, type ImportGraph } from './nearest-tests.ts';

/** Which of our files each TypeScript file below `app` imports; of the tests, the unit tests only. */
export function importGraph(app: string): ImportGraph {
  const packages = readdirSync(path.join(app, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const graph = new Map<string, string[]>();
  for (const top of [
    'src',
    'test/unit',
    'test/harness',
    'test/attack',
    'demo',
    ...packages.flatMap((name) => [`packages/${name}/src`, `packages/${name}/test`]),
  ]) {
    for (const file of typeScriptBelow(app, top)) {
      const text = readFileSync(path.join(app, file), 'utf8');
      const fromPackages = packages
        .filter((name) => text.includes(`from '${name}'`))
        .map((name) => `packages/${name}/src/index.ts`);
      graph.set(file, [...importsOf(file, text), ...fromPackages]);
    }
  }
  return graph;
}

function typeScriptBelow(app: string, top: string): string[] {
  const folder = path.join(app, top);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => path.posix.join(top, name))
    .filter((file) => !file.endsWith('.test.ts') || /(^|\/)test\/unit\//.test(file));
}
