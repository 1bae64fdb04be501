/** psock-host: lends this machine's sockets to the router card at its USB port. See `psock-host --help`. */
import { runPsockHost } from 'psock-host';
import { tolerateLostReader } from '../service/cli/lost-reader.ts';

tolerateLostReader(process.stdout);
tolerateLostReader(process.stderr);

const stop = new AbortController();
// Not once: systemd tells every process of the unit, and the first one tells those that serve a card. The second word must
// not end what the first has begun: to tell the card.
process.on('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());

void runPsockHost({
  argv: process.argv.slice(2),
  self: [process.execPath, ...process.execArgv, process.argv[1]!],
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: stop.signal,
}).then((status) => process.exit(status));
