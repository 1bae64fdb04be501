/** enf-router: a development ENF. See `enf-router --help`. */
import { runRouter } from '../router/program.ts';
import { stderrLogger } from '../service/log.ts';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => ending.abort());
}
// A reader of the log that went away must not end the router.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

void runRouter(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  openLog: stderrLogger,
  signal: ending.signal,
  onStatusRequest: (print) => process.on('SIGUSR1', print),
}).then((status) => (process.exitCode = status));
