/** Connects this terminal to a shell of the running card or its host. */
import net from 'node:net';
import path from 'node:path';
import type { CommandLineTable } from '../src/platform/command-line/table.ts';
import { UsageError } from '../src/platform/command-line/usage-error.ts';
import { shownFolder } from '../test/harness/qemu/card-site.ts';
import { oneOf, startTool, toolStatus } from '../test/harness/tool.ts';

const leaveKey = 0x1d;

const table = {
  program: 'attach',
  about: [
    `Opens a shell on the card that "make run" has started, or on its host. Ctrl-] leaves, and the shell keeps running.
     Works for the user who started "make run", and for root.`,
  ],
  commands: { '': { operand: 'card|host', options: {}, help: 'open a shell' } },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [where = ''] }) => {
    const name = oneOf('the machine', ['card', 'host'], where);
    if (process.stdin.isTTY) return () => attach(name);
    throw new UsageError('the shell needs a terminal, and the standard input is not one');
  },
});

/** Ends the process when the connection ends. */
function attach(name: 'card' | 'host'): Promise<never> {
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
  return new Promise(() => undefined);
}
