/** psockd: lends the host's sockets to the programs of a router card. See `psockd --help`. */
import { endProcess } from 'tuntap2';
import { startProgram } from '../platform/program.ts';
import { runPsockd } from '../programs/psockd/program.ts';

startProgram('psockd', (context) => {
  // A control request that the host does not fetch keeps a thread, for which process.exit would wait.
  context.serve(endProcess);
  return runPsockd(context);
});
