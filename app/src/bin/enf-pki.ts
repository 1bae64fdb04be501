/** enf-pki: keys and certificates for a development ENF. See `enf-pki --help`. */
import { runPki } from '../dev/pki/program.ts';
import { runProgram } from '../platform/program-end.ts';

runProgram('enf-pki', async ({ stdout, stderr }) => ({
  status: await runPki(process.argv.slice(2), { out: stdout, err: stderr }),
}));
