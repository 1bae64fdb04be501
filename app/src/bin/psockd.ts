/** psockd: lends the host's sockets to the programs of a router card. See `psockd --help`. */
import { endProcess } from 'tuntap2';
import { runProgram } from '../platform/program-end.ts';
import { stderrLogger, type LineLogger } from '../platform/log.ts';
import { runPsockd } from '../programs/psockd/program.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

runProgram('psockd', async ({ stdout, stderr }) => {
  let log: LineLogger | undefined;
  const status = await runPsockd({
    argv: process.argv.slice(2),
    environment: process.env,
    stdout,
    stderr,
    openLog: (level) => (log = stderrLogger(level)),
    signal: stop.signal,
  });
  log?.flush();
  // A control request that the host does not fetch keeps a thread, for which process.exit would wait.
  return { status, kind: stop.signal.aborted ? 'stopped' : 'service', end: endProcess };
});
