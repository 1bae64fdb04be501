/**
 * `make plug`: plugs the card that runs in QEMU into another computer, by USB over IP. Offers the card's cable on
 * LISTEN (default 127.0.0.1:3240) until Ctrl-C; then the card is back in its own host. ATTACH=1 also attaches it
 * here, as `usbip attach` would be typed. USB/IP is not encrypted: beyond this machine use a tunnel of ssh.
 *
 *     plug.ts [FOLDER]     FOLDER of the card's run, when it is not that of `make run`
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { shownFolder } from '../test/harness/qemu/card-site.ts';
import { cableSocket, plugSocket } from './cable-server.ts';
import { exportedDevice, usbipPort } from '../test/harness/qemu/usb-over-ip.ts';

const [listenHost, listenPort] = splitListen(process.env.LISTEN || `127.0.0.1:${usbipPort}`);
const folder = path.resolve(process.argv[2] ?? shownFolder);
const socketFile = (name: string) => path.relative(process.cwd(), path.join(folder, name));

function splitListen(text: string): [string, number] {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) fail(`LISTEN is "${text}", not ADDRESS:PORT`, 2);
  return [match[1]!.replace(/^\[(.*)\]$/, '$1'), Number(match[2])];
}

function fail(message: string, status = 1): never {
  console.error(`plug: ${message}`);
  process.exit(status);
}

/** Takes the cable out of the card's own host. It is free until the result is called. */
async function takeCable(): Promise<() => Promise<void>> {
  const server = net.connect({ path: socketFile(plugSocket), allowHalfOpen: true });
  server.on('error', (error) =>
    fail(`no card is running here (${error.message}): start one with "make run" on a terminal`),
  );
  server.on('close', () => fail('the card has ended'));
  const answers = createInterface({ input: server });
  const nextAnswer = async () => ((await once(answers, 'line')) as [string])[0];
  const answer = await nextAnswer();
  if (answer !== 'ready') fail(answer);
  return async () => {
    server.end();
    const last = await nextAnswer();
    if (last !== 'back') fail(last);
  };
}

async function offer(): Promise<void> {
  const server = net.createServer((client) => {
    client.setNoDelay(true);
    // Either end may go at any time: the other one goes with it.
    pipeline(client, net.connect(socketFile(cableSocket)), client, () => undefined);
  });
  server.on('error', (error) => fail(`${error.message}; choose another LISTEN=ADDRESS:PORT`));
  server.listen(listenPort, listenHost);
  await once(server, 'listening');
}

function attachHere(): void {
  for (const [program, ...values] of [
    ['modprobe', 'vhci-hcd'],
    ['usbip', '--tcp-port', String(listenPort), 'attach', '-r', listenHost, '-d', exportedDevice],
  ] as const) {
    try {
      execFileSync(program, values, { stdio: 'inherit', timeout: 30_000 });
    } catch {
      fail(
        `${program} ${values.join(' ')} did not work: it needs root, the module and the package usbip`,
      );
    }
  }
}

console.log('Unplugging the card from its own host ...');
const bringBack = await takeCable();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.log('\nPlugging the card back into its own host ...');
    void bringBack().then(() => {
      console.log('Done.');
      process.exit(0);
    });
  });
}
await offer();
console.log(`The card's USB cable is offered on ${listenHost}:${listenPort} (USB over IP).

On this computer:     sudo modprobe vhci-hcd
                      sudo usbip --tcp-port ${listenPort} attach -r ${listenHost} -d ${exportedDevice}
On another computer:  ssh -NL ${usbipPort}:127.0.0.1:${listenPort} THIS_COMPUTER, then there
                      sudo modprobe vhci-hcd && sudo usbip attach -r 127.0.0.1 -d ${exportedDevice}
Pull it out again:    sudo usbip detach -p 00

That computer gets an Ethernet interface, an IPv6 address and a default route by the card.
Ctrl-C plugs the card back into its own host.`);
if (process.env.ATTACH === '1') {
  attachHere();
  console.log('\nAttached here: "ip -6 address" shows the new interface.');
}
