/** enf-pki: keys and certificates for a development ENF. See `enf-pki --help`. */
import { runPki } from '../dev/pki/program.ts';
import { startProgram } from '../platform/program.ts';

startProgram('enf-pki', runPki);
