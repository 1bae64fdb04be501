/**
 * Lends the cable of a running card to `make plug`, over a Unix socket. A client that connects gets the card, unplugged
 * from its own host and offered over USB/IP, until the client closes its side of the connection. The answers are lines:
 * "ready" or the reason why not; then "back" when the card's own host has the card again.
 */
import { chmodSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { logFile, script } from '../test/harness/paths.ts';
import type { CardSite } from '../test/harness/qemu/card-site.ts';
import { exportCable, usbipPort, withdrawCable } from '../test/harness/qemu/usb-over-ip.ts';

/** Names of sockets in the folder of a run: who asks, and the cable itself. */
export const plugSocket = 'plug';
export const cableSocket = 'cable';

/** `say` is called when the cable is taken and brought back. */
export async function openCableServer(
  site: CardSite,
  say: (news: string) => void = () => undefined,
): Promise<void> {
  // Socket names have at most 107 characters: relative ones always fit.
  const file = (name: string) => path.relative(process.cwd(), path.join(site.folder, name));
  await Promise.all([plugSocket, cableSocket].map((name) => rm(file(name), { force: true })));
  const relay = script('test/harness/qemu/cable-relay.ts');
  site.underlay.uplink.start('cable-relay', [...relay, file(cableSocket), String(usbipPort)], {
    log: logFile('cable-relay'),
  });
  let isTaken = false;
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => undefined); // "close" follows
    if (isTaken) {
      client.end('another "make plug" has the cable\n');
      return;
    }
    isTaken = true;
    void lend(site, client, say)
      .catch((error: unknown) => {
        client.end(`${String(error)}\n`);
        say(`the card's cable: ${String(error)}`);
      })
      .finally(() => (isTaken = false));
  });
  server.listen(file(plugSocket));
  await once(server, 'listening');
  chmodSync(file(plugSocket), 0o666);
}

async function lend(
  site: CardSite,
  client: net.Socket,
  say: (news: string) => void,
): Promise<void> {
  const gone = new Promise((resolve) => client.once('end', resolve).once('close', resolve));
  client.resume(); // the client sends nothing, but only a reader notices the end
  try {
    await site.host.stopDhclient();
    await exportCable(site, usbipPort);
    say('the card is unplugged: "make plug" has the cable');
    client.write('ready\n');
    await gone;
  } finally {
    await withdrawCable(site, usbipPort);
    await site.host.plugIn(60);
    await site.host.startDhclient();
  }
  say('the card is plugged into its own host again');
  client.end('back\n');
}
