/** The steps of `make run`: from nothing to a host that is online through the card, and on to WiFi. */
import { closeSync, openSync } from 'node:fs';
import { EnvironmentError } from '../src/core/errors.ts';
import { CommandFailed } from '../test/harness/process.ts';
import type { Steps } from './steps.ts';
import { testSha256 } from '../test/harness/test-bytes.ts';
import { serviceAddress, tunnelAddress } from '../test/harness/topology.ts';
import type { AccessPoint } from '../test/harness/qemu/access-point.ts';
import { CardSite, cardIdentity, defaultImage } from '../test/harness/qemu/card-site.ts';
import { enfAddress } from '../test/harness/qemu/underlay.ts';
import {
  giveNetworkToHost,
  joinWifi,
  openAccessPoint,
  transmit,
  wireHost,
  type Uplink,
} from '../test/harness/qemu/uplink-choice.ts';

const downloadBytes = 1 * 1024 * 1024;

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
export async function bringUp(
  steps: Steps,
  uplink: Uplink,
  hasShells: boolean,
): Promise<{ site: CardSite; later: AccessPoint | undefined }> {
  assertImage();
  const site = await steps.step(
    'development ENF, keys, disks of the card',
    () => CardSite.prepare({ hasShells, isUplinkCut: uplink !== 'wire' }),
    () => `ENF at ${enfAddress}, client ${tunnelAddress}`,
  );
  await steps.step(
    'power on: an ARM card boots in QEMU',
    () => site.powerOn(600),
    () => 'shell on its console',
  );
  await site.openHost();
  const later = await makeWayOut(site, uplink, steps);
  await steps.step('card: everything has started, nothing has failed', () =>
    site.untilStarted(600),
  );
  // Only now: while the host polls the card, the emulated cable slows down everything else.
  if (isLent(uplink)) {
    await steps.step('host: psock-host lends its sockets to the card', () =>
      site.host.lendSockets('', 120),
    );
  }
  await steps.step(
    'USB: the host finds the card',
    () => site.host.plugIn(60),
    (device) => `${device}, ${cardIdentity.hostMac}`,
  );
  const { host } = site;
  // As ifupdown has it: the client asks while the kernel listens to advertisements.
  await steps.step('host: starts dhclient', () => host.startDhclient());
  if (uplink !== 'wire') await untilTunnel(site, steps, uplink === 'wifi' ? 'tcp' : 'psock');
  await steps.step(
    'host: kernel takes the router advertisement',
    () => host.defaultRoute(90),
    ({ gateway, dev }) => `default via ${gateway} dev ${dev}`,
  );
  const address = await steps.step(
    'host: dhclient has an address',
    () => host.globalAddress(60),
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

/**
 * A network that is not the card's own wire. The result is an access point without a radio yet, where one comes later.
 */
async function makeWayOut(
  site: CardSite,
  uplink: Uplink,
  steps: Steps,
): Promise<AccessPoint | undefined> {
  switch (uplink) {
    case 'wire':
      return undefined;
    case 'psock':
      await steps.step('host: cable to a home network', () => giveNetworkToHost(site));
      return undefined;
    case 'both':
      return steps.step('host: cable to a home network, without WiFi yet', () => wireHost(site));
    case 'wifi':
      await steps.step('an access point in the neighbourhood', () => openAccessPoint(site));
      await joinWifiIn(site, steps);
      return undefined;
  }
}

function isLent(uplink: Uplink): boolean {
  return uplink === 'psock' || uplink === 'both';
}

/** WiFi comes within reach of a card that is online by the sockets of its host: it moves, and the host stays online. */
export async function moveToWifi(
  site: CardSite,
  accessPoint: AccessPoint,
  steps: Steps,
): Promise<void> {
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
