/** enf-server: a development ENF. See `enf-server --help`. */
import { runEnfServer } from '../dev/enf-server/program.ts';
import { endWhenIdle } from '../platform/program-end.ts';
import { startProgram } from '../platform/program.ts';

startProgram('enf-server', (context) => {
  context.serve(endWhenIdle);
  return runEnfServer({
    ...context,
    onStatusRequest: (print) => process.on('SIGUSR1', print),
  });
});
