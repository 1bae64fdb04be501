/**
 * Bundles every program of src/bin, or those that the arguments name, into one file each, below the folder named by
 * OUT (default ../build/app). CommonJS, because Node's loader of ES modules alone costs the card half a second at
 * each start; without white space, in lines that leave a stack trace useful. The program of a service that must be back
 * soon comes in two files: NAME-main.cjs is all of it, NAME.cjs starts that from compiled code (src/code-cache).
 */
import { build } from 'esbuild';
import { chmod, readdir } from 'node:fs/promises';
import path from 'node:path';

const outdir = path.resolve(process.env.OUT ?? '../build/app');
const wanted = process.argv.slice(2).map((name) => `${name}.ts`);
const all = (await readdir('src/bin')).filter((name) => name.endsWith('.ts'));
const programs = wanted.length > 0 ? wanted : all;

const quickStarts = new Set(await readdir('src/code-cache'));
const entryPoints = programs.flatMap((file) => {
  const name = file.replace(/\.ts$/, '');
  const main = { in: `src/bin/${file}`, out: quickStarts.has(file) ? `${name}-main` : name };
  return quickStarts.has(file) ? [main, { in: `src/code-cache/${file}`, out: name }] : [main];
});

await build({
  entryPoints,
  outdir,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // import() of a bundled or built-in module needs no loader of ES modules then, either.
  supported: { 'dynamic-import': false },
  conditions: ['source'],
  sourcemap: 'linked',
  legalComments: 'none',
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  define: { 'import.meta.url': 'bundleUrl' },
  banner: {
    js: "#!/usr/bin/env node\nconst bundleUrl = require('node:url').pathToFileURL(__filename).href;",
  },
});
for (const { out } of entryPoints) await chmod(path.join(outdir, `${out}.cjs`), 0o755);
