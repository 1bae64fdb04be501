/**
 * Prints the assignments with which "make legal-info" runs where sources are Debian's: a program of the build machine
 * has no source to collect, and the licence files of another version are not those that Buildroot has checksums of.
 *
 * usage: legal-info.js OUTPUT        after fetch-sources.js, which wrote local.mk
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [output] = process.argv.slice(2);
if (output === undefined) {
  console.error('usage: legal-info.js OUTPUT');
  process.exit(2);
}
const { buildMachine } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'packages.json'), 'utf8'),
);
const overrides = readFileSync(path.join(output, 'local.mk'), 'utf8');
const overridden = [...overrides.matchAll(/^(?:HOST_)?(\w+)_OVERRIDE_SRCDIR/gm)].map(
  ([, name]) => name,
);

const assignments = overridden.flatMap((name) => [
  `${name}_HASH_FILES=`,
  `HOST_${name}_HASH_FILES=`,
]);
for (const hostPackage of Object.keys(buildMachine)) {
  const name = hostPackage.toUpperCase().replaceAll('-', '_');
  if (overridden.includes(name.replace(/^HOST_/, ''))) continue;
  assignments.push(`${name}_SOURCE=`, `${name}_ACTUAL_SOURCE_TARBALL=`);
}
console.log(assignments.join('\n'));
