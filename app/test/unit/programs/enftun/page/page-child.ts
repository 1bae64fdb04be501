/** A process that serves the page on its third descriptor, as under systemd: page-child.ts SOCKET IDLE_MS. */
import { runPage } from '../../../../../src/programs/enftun/page/page-program.ts';
import { MemoryLog } from '../../../platform/memory-log.ts';

const [socket = '', idleMs = '0'] = process.argv.slice(2);
const log = new MemoryLog();
log.info = (message) => console.log(message);
process.exitCode = await runPage({
  socket,
  listen: undefined,
  environment: { LISTEN_FDS: '1', LISTEN_PID: String(process.pid) },
  pid: process.pid,
  log,
  signal: new AbortController().signal,
  idleMs: Number(idleMs),
});
