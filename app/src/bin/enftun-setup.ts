/** enftun-setup: interface, routes and firewall of a tunnel. See `enftun-setup --help`. */
import { startProgram } from '../platform/program.ts';
import { runSetUp } from '../programs/setup/program.ts';
import { recordFolder } from '../programs/setup/record.ts';
import { commandRunner } from '../programs/setup/run-command.ts';

startProgram('enftun-setup', (context) => {
  // A signal must not leave half of a set-up.
  context.serve();
  return runSetUp({ ...context, run: commandRunner(context.environment.PATH), recordFolder });
});
