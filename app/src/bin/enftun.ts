/** The tunnel service's program: ties the command line to the process. See `enftun --help`. */
import { tolerateLostReader } from '../service/cli/lost-reader.ts';
import { main } from '../service/cli/main.ts';
import { stderrLogger, type LineLogger } from '../service/log.ts';

tolerateLostReader(process.stdout);
tolerateLostReader(process.stderr);

const stop = new AbortController();
// Only once each: a second signal finds the default handler, which ends the process at once.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

let log: LineLogger | undefined;
const status = await main({
  argv: process.argv.slice(2),
  environment: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  openLog: (level) => (log = stderrLogger(level)),
  signal: stop.signal,
  // Only when it runs: scripts ask for single values (-p) a dozen times in a row.
  run: async (options) => (await import('../service/service.ts')).runService(options),
});
log?.flush();
// Not by running out of work: a name lookup that still waits must not hold up the end.
process.exit(status);
