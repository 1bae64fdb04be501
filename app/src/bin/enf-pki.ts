/** enf-pki: keys and certificates for a development ENF. See `enf-pki --help`. */
import { runPki } from '../pki/program.ts';

process.exitCode = await runPki(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
