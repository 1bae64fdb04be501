/** psockd: lends the host's sockets to the programs of a router card. See `psockd --help`. */
import { endProcess } from 'tuntap2';
import { tolerateLostReader } from '../service/cli/lost-reader.ts';
import { stderrLogger, type LineLogger } from '../service/log.ts';
import { runPsockd } from '../service/psock/program.ts';

tolerateLostReader(process.stdout);
tolerateLostReader(process.stderr);

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

let log: LineLogger | undefined;
void runPsockd({
  argv: process.argv.slice(2),
  environment: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  openLog: (level) => (log = stderrLogger(level)),
  signal: stop.signal,
}).then((status) => {
  log?.flush();
  // A control request that the host does not fetch keeps a thread, for which process.exit would wait.
  endProcess(status);
});
