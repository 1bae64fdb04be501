/** psock-host: lends this machine's sockets to the router card at its USB port. See `psock-host --help`. */
import { runPsockHost } from '../programs/psock-host/program.ts';
import { runProgram } from '../platform/program-end.ts';
import { boundedLines } from '../platform/log.ts';

const stop = new AbortController();
// Not `once`: systemd signals every process of the unit, and the first process signals those that serve a card. The
// second signal must not interrupt what the first has started: the notification of the card.
process.on('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());

runProgram('psock-host', async ({ stderr }) => ({
  status: await runPsockHost({
    argv: process.argv.slice(2),
    self: [process.execPath, ...process.execArgv, process.argv[1]!],
    // Every action of a card is reported in a line, and a card may act often.
    stdout: boundedLines(process.stdout),
    stderr,
    signal: stop.signal,
  }),
  kind: stop.signal.aborted ? 'stopped' : 'service',
}));
