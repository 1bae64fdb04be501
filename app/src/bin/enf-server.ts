/** enf-server: a development ENF. See `enf-server --help`. */
import { runRouter } from '../dev/enf-server/program.ts';
import { endWhenIdle, runProgram } from '../platform/program-end.ts';
import { stderrLogger, type LineLogger } from '../platform/log.ts';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => ending.abort());
}

runProgram('enf-server', async ({ stdout, stderr }) => {
  let log: LineLogger | undefined;
  const status = await runRouter(process.argv.slice(2), {
    out: stdout,
    err: stderr,
    openLog: (level) => (log = stderrLogger(level)),
    signal: ending.signal,
    onStatusRequest: (print) => process.on('SIGUSR1', print),
  });
  log?.flush();
  return { status, kind: ending.signal.aborted ? 'stopped' : 'service', end: endWhenIdle };
});
