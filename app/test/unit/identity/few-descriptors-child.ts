/** Loads the identity named by its arguments in a process that has used up its descriptors, and prints what it says. */
import { openSync } from 'node:fs';
import { loadIdentity } from '../../../src/identity/files.ts';

const [caCertFile = '', certFile, keyFile] = process.argv.slice(2);
try {
  for (;;) openSync('/dev/null', 'r');
} catch {
  // EMFILE: the state that is wanted.
}
const said = await loadIdentity({ caCertFile, certFile, keyFile }).then(
  () => 'loaded',
  (error: unknown) => String(error),
);
process.stdout.write(said);
