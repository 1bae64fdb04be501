/** Bundles every program of src/bin into one file each, below the folder named by OUT (default ../build/app). */
import { build } from 'esbuild';
import { chmod, readdir } from 'node:fs/promises';
import path from 'node:path';

const outdir = path.resolve(process.env.OUT ?? '../build/app');
const programs = (await readdir('src/bin')).filter((name) => name.endsWith('.ts'));

await build({
  entryPoints: programs.map((name) => `src/bin/${name}`),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['source'],
  sourcemap: 'linked',
  legalComments: 'none',
  banner: {
    // CommonJS dependencies inside an ESM bundle ask for require().
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as bundleRequire } from 'node:module';",
      'const require = bundleRequire(import.meta.url);',
    ].join('\n'),
  },
});
for (const name of programs) await chmod(path.join(outdir, name.replace(/\.ts$/, '.mjs')), 0o755);
