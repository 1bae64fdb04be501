/** Plugs the card that runs in QEMU into another computer, by USB over IP, until Ctrl-C. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import type { CommandLineTable } from '../src/platform/command-line/table.ts';
import { UsageError } from '../src/platform/command-line/usage-error.ts';
import { shownFolder } from '../test/harness/qemu/card-site.ts';
import { cableSocket, plugSocket } from './cable-server.ts';
import { setting, startTool, toolStatus } from '../test/harness/tool.ts';
import { exportedDevice, usbipPort } from '../test/harness/qemu/usb-over-ip.ts';

const table = {
  program: 'plug',
  about: [
    `Offers the USB cable of the card that "make run" has started to another computer, by USB over IP. Ctrl-C plugs the
     card back into its own host.`,
    'USB/IP is not encrypted: beyond this machine use a tunnel of ssh.',
  ],
  commands: {
    '': {
      operand: '[FOLDER]',
      options: {},
      help: 'offer the cable of the card in FOLDER (default: that of "make run")',
    },
  },
  sections: [
    {
      heading: 'Settings',
      text: `  LISTEN=ADDRESS:PORT   where the cable is offered (default 127.0.0.1:${usbipPort})
  ATTACH=1              attach the card to this computer, too`,
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

/** Where the cable is, and where it is offered. */
interface Place {
  readonly socketFile: (name: string) => string;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly isAttachedHere: boolean;
}

startTool(table, {
  '': ({ operands: [folder = shownFolder] }) => {
    const [listenHost, listenPort] = splitListen(setting('LISTEN', `127.0.0.1:${usbipPort}`));
    const place: Place = {
      socketFile: (name) => path.relative(process.cwd(), path.join(path.resolve(folder), name)),
      listenHost,
      listenPort,
      isAttachedHere: process.env.ATTACH === '1',
    };
    return () => plug(place);
  },
});

function splitListen(text: string): [string, number] {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) {
    throw new UsageError(`LISTEN is ADDRESS:PORT, not "${text}"`);
  }
  return [match[1]!.replace(/^\[(.*)\]$/, '$1'), Number(match[2])];
}

function fail(message: string): never {
  console.error(`plug: ${message}`);
  process.exit(1);
}

/** Takes the cable out of the card's own host. It is free until the result is called. */
async function takeCable({ socketFile }: Place): Promise<() => Promise<void>> {
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

async function offer({ socketFile, listenHost, listenPort }: Place): Promise<void> {
  const server = net.createServer((client) => {
    client.setNoDelay(true);
    // When either end closes, the other one is closed too.
    pipeline(client, net.connect(socketFile(cableSocket)), client, () => undefined);
  });
  server.on('error', (error) => fail(`${error.message}; choose another LISTEN=ADDRESS:PORT`));
  server.listen(listenPort, listenHost);
  await once(server, 'listening');
}

function attachHere({ listenHost, listenPort }: Place): void {
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

/** Ends the process on a signal. */
async function plug(place: Place): Promise<never> {
  const { listenHost, listenPort } = place;
  console.log('Unplugging the card from its own host ...');
  const bringBack = await takeCable(place);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.log('\nPlugging the card back into its own host ...');
      void bringBack().then(() => {
        console.log('Done.');
        process.exit(0);
      });
    });
  }
  await offer(place);
  console.log(`The card's USB cable is offered on ${listenHost}:${listenPort} (USB over IP).

On this computer:     sudo modprobe vhci-hcd
                      sudo usbip --tcp-port ${listenPort} attach -r ${listenHost} -d ${exportedDevice}
On another computer:  ssh -NL ${usbipPort}:127.0.0.1:${listenPort} THIS_COMPUTER, then there
                      sudo modprobe vhci-hcd && sudo usbip attach -r 127.0.0.1 -d ${exportedDevice}
Pull it out again:    sudo usbip detach -p 00

That computer gets an Ethernet interface, an IPv6 address and a default route by the card.
Ctrl-C plugs the card back into its own host.`);
  if (place.isAttachedHere) {
    attachHere(place);
    console.log('\nAttached here: "ip -6 address" shows the new interface.');
  }
  return new Promise(() => undefined);
}
