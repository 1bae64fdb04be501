/** enf-pki: keys and certificates for a development ENF. See `enf-pki --help`. */
import { runPki } from '../pki/program.ts';

void runPki(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}).then((status) => (process.exitCode = status));
