/**
 * No import cycles, not even of types: modules that need each other are one idea in two files, or one of them has
 * something that belongs to a third. Only relative imports are followed.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const importPattern = /(?:\bfrom|^import|\bimport\()\s*'(\.[^']+)'/gm;
/** Files do not change during a run. */
const importsOfFile = new Map();

function importsOf(file) {
  let imports = importsOfFile.get(file);
  if (imports === undefined) {
    imports = [...readSource(file).matchAll(importPattern)].map(([, target]) =>
      path.resolve(path.dirname(file), target),
    );
    importsOfFile.set(file, imports);
  }
  return imports;
}

/** What is missing or generated is found by the compiler. */
function readSource(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The shortest way from `start` back to `end` over imports; undefined when there is none. */
function wayTo(end, start) {
  const ways = new Map([[start, [start]]]);
  for (const [file, way] of ways) {
    if (file === end) return way;
    for (const next of importsOf(file)) if (!ways.has(next)) ways.set(next, [...way, next]);
  }
  return undefined;
}

export const cycles = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { cycle: 'an import cycle: {{way}}' },
  },
  create(context) {
    const { cwd, filename } = context;

    function check(node) {
      const target = node.source?.value;
      if (typeof target !== 'string' || !target.startsWith('.')) return;
      const way = wayTo(filename, path.resolve(path.dirname(filename), target));
      if (way === undefined) return;
      const names = [filename, ...way].map((file) => path.relative(cwd, file));
      context.report({ node, messageId: 'cycle', data: { way: names.join(' → ') } });
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
