/**
 * `make run`: a router card in QEMU, plugged into a host, connected to a development ENF. Shows each step; ends with
 * the host's address, route, a ping and a download through the tunnel; UPLINK=both: and a move from the sockets of the
 * host to WiFi. On a terminal the card stays up until Ctrl-C (KEEP=0: ends too); without one it ends by itself. Status 0
 * if every step worked.
 */
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../src/core/errors.ts';
import { CommandFailed, lastLines } from '../process.ts';
import { Steps } from '../steps.ts';
import { testSha256 } from '../test-bytes.ts';
import { serviceAddress, tunnelAddress } from '../topology.ts';
import type { AccessPoint } from './access-point.ts';
import { CardSite, cardIdentity, defaultImage, runFolder } from './card-site.ts';
import { openPlugDesk } from './plug-desk.ts';
import { enfAddress } from './underlay.ts';
import {
  giveNetworkToHost,
  joinWifi,
  openAccessPoint,
  transmit,
  uplinkFrom,
  wireHost,
  type Uplink,
} from './uplink-choice.ts';

const downloadBytes = 1 * 1024 * 1024;
const isKept = process.stdin.isTTY && process.env.KEEP !== '0';

function assertImage(): void {
  const { kernel, rootfs, host } = defaultImage();
  for (const file of [kernel, rootfs, host]) {
    try {
      closeSync(openSync(file, 'r'));
    } catch (cause) {
      throw new EnvironmentError(`there is no ${file}: run board/qemu/build-image.sh first`, {
        errno: 'ENOENT',
        syscall: 'open',
        cause,
      });
    }
  }
}

/** Brings the host online through the card. Where WiFi is to come later, the result says how. */
async function bringUp(
  steps: Steps,
  uplink: Uplink,
): Promise<{ site: CardSite; later: AccessPoint | undefined }> {
  assertImage();
  const site = await steps.step(
    'development ENF, keys, disks of the card',
    () => CardSite.prepare({ hasShells: isKept, isUplinkCut: uplink !== 'wire' }),
    () => `ENF at ${enfAddress}, client ${tunnelAddress}`,
  );
  await steps.step(
    'power on: an ARM card boots in QEMU',
    () => site.powerOn(600),
    () => 'shell on its console',
  );
  await site.openHost();
  const later = await bringOut(site, uplink, steps);
  await steps.step('card: everything has started, nothing has failed', () =>
    site.untilStarted(600),
  );
  // Only now: polling its network interface makes the emulated cable slow down everything else.
  await steps.step(
    'USB: the host finds the card',
    () => site.host.plugIn(60),
    (device) => `${device}, ${cardIdentity.hostMac}`,
  );
  if (uplink !== 'wire') await untilTunnel(site, steps, uplink === 'wifi' ? 'tcp' : 'psock');
  const { host } = site;
  await steps.step(
    'host: kernel takes the router advertisement',
    () => host.defaultRoute(90),
    ({ gateway, dev }) => `default via ${gateway} dev ${dev}`,
  );
  const address = await steps.step(
    'host: dhclient asks for an address',
    async () => {
      await host.startDhclient();
      return host.globalAddress(60);
    },
    String,
  );
  if (address !== tunnelAddress) {
    throw new CommandFailed(`the host got ${address}, the certificate says ${tunnelAddress}`);
  }
  await steps.step(
    `host: ping ${serviceAddress}`,
    () => host.ping(serviceAddress, 60),
    (ms) => `${ms} ms`,
  );
  const megabytes = downloadBytes >> 20;
  await steps.step(
    `host: download ${megabytes} MiB, compare SHA-256`,
    () => download(site),
    String,
  );
  return { site, later };
}

/** What the card needs to get out, where that is not a wire. The result is an access point without a radio yet. */
async function bringOut(
  site: CardSite,
  uplink: Uplink,
  steps: Steps,
): Promise<AccessPoint | undefined> {
  if (uplink === 'wire') return undefined;
  if (uplink === 'wifi') {
    await steps.step('an access point in the neighbourhood', () => openAccessPoint(site));
    await joinWifiIn(site, steps);
    return undefined;
  }
  const later = uplink === 'both' ? await wireHost(site) : undefined;
  if (uplink === 'psock') await giveNetworkToHost(site);
  await steps.step('host: psock-host lends its sockets to the card', () =>
    site.host.lendSockets('', 120),
  );
  return later;
}

/** WiFi comes within reach of a card that is online by the sockets of its host: it moves, and the host stays online. */
async function moveToWifi(site: CardSite, accessPoint: AccessPoint, steps: Steps): Promise<void> {
  await steps.step('an access point appears', () => transmit(accessPoint));
  await joinWifiIn(site, steps);
  await untilTunnel(site, steps, 'tcp');
  await steps.step(
    `host: ping ${serviceAddress}, over WiFi now`,
    () => site.host.ping(serviceAddress, 60),
    (ms) => `${ms} ms`,
  );
}

async function joinWifiIn(site: CardSite, steps: Steps): Promise<void> {
  await steps.step('WiFi: enftun wifi add, the card joins', () => joinWifi(site), String);
}

async function untilTunnel(site: CardSite, steps: Steps, transport: 'tcp' | 'psock') {
  await steps.step(
    `card: tunnel over ${transport}`,
    () =>
      site.console.untilRead(
        `the tunnel over ${transport}`,
        'systemctl show -P StatusText enftun@enf0',
        120,
        (text) => (text.includes(`(${transport})`) ? text : undefined),
      ),
    String,
  );
}

async function download({ host }: CardSite): Promise<string> {
  const url = `http://[${serviceAddress}]/${downloadBytes}/run`;
  const sum = await host.read(`curl -sS -m 120 '${url}' | sha256sum`, { deadlineSeconds: 150 });
  const expected = testSha256(downloadBytes, 'run');
  if (!sum.startsWith(expected)) throw new CommandFailed(`SHA-256 ${sum}, expected ${expected}`);
  return `${expected.slice(0, 16)}…`;
}

async function showHost({ host, console: card }: CardSite): Promise<void> {
  console.log(`\nhost$ ip -6 address show dev ${host.device}`);
  console.log(await host.read(`ip -6 address show dev ${host.device}`));
  console.log(`host$ ip -6 route get ${serviceAddress}`);
  console.log(await host.read(`ip -6 route get ${serviceAddress}`));
  console.log('card# systemctl status enftun@enf0');
  console.log(await card.read('systemctl status --no-pager --lines 0 enftun@enf0'));
}

/** Shells on terminals of their own, for other windows. */
async function openShells({ console: card }: CardSite): Promise<void> {
  await card.run(
    'systemd-run --quiet --unit host-shell -p StandardInput=tty -p TTYPath=/dev/hvc1 -p TTYReset=yes ' +
      '-p Restart=always -p RestartSec=0 /mnt/host-exec env PS1="host# " TERM=vt100 bash --norc',
  );
}

function showLogs(): void {
  for (const name of ['console.log', 'qemu.log']) {
    const file = path.join(runFolder, name);
    try {
      console.error(`\n--- ${file}\n${lastLines(readFileSync(file, 'utf8'), 25)}`);
    } catch {
      console.error(`\n--- ${file}: none`);
    }
  }
}

// The first process of a pid namespace ignores signals without a handler.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const steps = new Steps();
try {
  const { site, later } = await bringUp(steps, uplinkFrom(process.env.UPLINK));
  await showHost(site);
  console.log(`\nOK: the host is online through the card (${steps.totalSeconds.toFixed(1)} s).`);
  if (later !== undefined) {
    console.log('\nWiFi comes within reach:');
    await moveToWifi(site, later, steps);
    console.log('OK: the card has moved to WiFi.');
  }
  if (isKept) {
    await openShells(site);
    await openPlugDesk(site, (news) => console.log(`\n${news}`));
    console.log(`
The card stays up. In another window:
  make card-shell    a shell on the card;  journalctl -fu enftun@enf0 watches the service
  make host-shell    a shell on the host;  ping ${serviceAddress}
  make plug          plugs the card into another computer, by USB over IP
Ctrl-C ends everything.`);
    await once(process, 'never');
  }
  process.exit(0);
} catch (error) {
  showLogs();
  console.error(`\nFAILED at step ${steps.current ?? 'preparation'}`);
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
