/**
 * Where a running card is asked for its cable (`make plug`): a Unix socket. As long as somebody stays connected, the
 * card is unplugged from its own host and offered over USB/IP; the answer is one line: "ready", or why not.
 */
import { chmodSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { logFile, script } from '../places.ts';
import type { CardSite } from './card-site.ts';
import { exportCable, usbipPort, withdrawCable } from './usb-over-ip.ts';

/** Names of sockets in the folder of a run: who asks, and the cable itself. */
export const deskSocket = 'plug';
export const cableSocket = 'cable';

export async function openPlugDesk(site: CardSite, folder: string): Promise<void> {
  // Socket names have at most 107 characters: relative ones always fit.
  const file = (name: string) => path.relative(process.cwd(), path.join(folder, name));
  await Promise.all([deskSocket, cableSocket].map((name) => rm(file(name), { force: true })));
  const relay = ['qemu/cable-relay.ts', file(cableSocket), String(usbipPort)] as const;
  const [program, ...values] = relay;
  site.underlay.uplink.start('cable-relay', [...script(program), ...values], {
    log: logFile('cable-relay'),
  });
  let isTaken = false;
  const desk = net.createServer((client) => {
    client.on('error', () => undefined); // "close" follows
    if (isTaken) {
      client.end('another "make plug" has the cable\n');
      return;
    }
    isTaken = true;
    const gone = once(client, 'close');
    void exportCable(site, usbipPort)
      .then(() => client.write('ready\n'))
      .then(() => gone)
      .catch((error: unknown) => client.end(`${String(error)}\n`))
      .then(() => withdrawCable(site, usbipPort))
      .then(() => site.host.plugIn())
      .catch((error: unknown) =>
        console.error(`the card is not plugged in again: ${String(error)}`),
      )
      .finally(() => (isTaken = false));
  });
  desk.listen(file(deskSocket));
  await once(desk, 'listening');
  chmodSync(file(deskSocket), 0o666);
}
