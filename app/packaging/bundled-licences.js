/**
 * Prints the licences of the npm packages that are bundled into programs: `bundled-licences.js FILE.cjs.map...`. The
 * packages are those of which the source maps name a file.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const modules = path.resolve(import.meta.dirname, '../node_modules');
const names = new Set();
for (const map of process.argv.slice(2)) {
  for (const source of JSON.parse(readFileSync(map, 'utf8')).sources) {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
    if (name !== undefined) names.add(name);
  }
}
for (const name of [...names].sort()) {
  const folder = path.join(modules, name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined || !existsSync(path.join(folder, file))) {
    console.error(`${name} has no file with its licence`);
    process.exitCode = 1;
    continue;
  }
  const text = readFileSync(path.join(folder, file), 'utf8').trim();
  console.log(`\nIncludes the npm package ${name} ${version} (${license}):\n\n${text}`);
}
