/** The program `enftun` as it is installed: the bundle beside it, compiled before if ENFTUN_CODE_CACHE names a file. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCompiled } from './compiled-start.ts';

const folder = path.dirname(fileURLToPath(import.meta.url));
startCompiled(path.join(folder, 'enftun-main.cjs'), process.env.ENFTUN_CODE_CACHE);
