/**
 * Connects this terminal to a shell of the running card or its host: `attach.ts card|host`. Ctrl-] leaves; the shell
 * goes on. Any user may run it who may reach the socket: that of `make run`, or root.
 */
import net from 'node:net';
import path from 'node:path';
import { shownFolder } from '../test/harness/qemu/card-site.ts';

const leaveKey = 0x1d;

const [name = ''] = process.argv.slice(2);
if (name !== 'card' && name !== 'host') {
  console.error('usage: attach.ts card|host');
  process.exit(2);
}
if (!process.stdin.isTTY) {
  console.error('attach.ts: the shell needs a terminal, and the standard input is not one');
  process.exit(2);
}
const file = path.relative(process.cwd(), path.join(shownFolder, `${name}-shell`));
const socket = net.connect(file);
let isConnected = false;
socket.on('error', (error) => {
  console.error(
    isConnected
      ? `the connection to the shell was lost (${error.message})`
      : `no card is running here (${error.message}): start one with "make run" on a terminal`,
  );
  process.exit(1);
});
socket.on('connect', () => {
  isConnected = true;
  console.error(`Shell on the ${name}. Ctrl-] leaves.`);
  process.stdin.setRawMode(true);
  socket.write('\r'); // for a prompt
});
socket.pipe(process.stdout);
process.stdin.on('data', (keys: Buffer) => {
  if (keys.includes(leaveKey)) socket.end();
  else socket.write(keys);
});
process.stdin.on('end', () => socket.end());
socket.on('close', () => {
  process.stdin.setRawMode(false);
  console.error('\nleft.');
  process.exit(0);
});
