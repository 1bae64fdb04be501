/**
 * Bundles every program of src/bin, or those that the arguments name, into one file each, below the folder named by
 * OUT (default ../build/app). CommonJS, because Node's loader of ES modules alone costs the card half a second at each start; without white space, in lines
 * that leave a stack trace useful.
 */
import { build } from 'esbuild';
import { chmod, readdir } from 'node:fs/promises';
import path from 'node:path';

const outdir = path.resolve(process.env.OUT ?? '../build/app');
const wanted = process.argv.slice(2).map((name) => `${name}.ts`);
const all = (await readdir('src/bin')).filter((name) => name.endsWith('.ts'));
const programs = wanted.length > 0 ? wanted : all;

await build({
  entryPoints: programs.map((name) => `src/bin/${name}`),
  outdir,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
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
for (const name of programs) await chmod(path.join(outdir, name.replace(/\.ts$/, '.cjs')), 0o755);
