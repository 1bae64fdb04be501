/** psock-host: lends this machine's sockets to the router card at its USB port. See `psock-host --help`. */
import { boundedLines } from '../platform/log.ts';
import { startProgram } from '../platform/program.ts';
import { runPsockHost } from '../programs/psock-host/program.ts';

startProgram('psock-host', (context) => {
  context.serve();
  return runPsockHost({
    ...context,
    self: [process.execPath, ...process.execArgv, process.argv[1]!],
    // Every action of a card is reported in a line, and a card may act often.
    stdout: boundedLines(process.stdout),
  });
});
