/**
 * One booted card for all image tests: the first test that needs it pays for the start. A snapshot is kept when the
 * host is online; a test that disturbs the card begins with `reset`, which brings it back within seconds.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { CardSite, runFolder } from '../harness/qemu/card-site.ts';
import { lastLines } from '../harness/process.ts';
import { serviceAddress } from '../harness/topology.ts';
import { patience } from '../harness/until.ts';
import { after, afterEach } from 'mocha';

export { patience };

export interface OnlineCard {
  readonly site: CardSite;
  /** From power-on to the host's first echo through the tunnel. */
  readonly secondsToFirstPing: number;
}

const snapshot = 'online';
/** Groups of tests run side by side (groups.list), each with a card of its own. */
export const cardFolder = path.join(runFolder, process.env.IMAGE_GROUP || 'online');
let online: Promise<OnlineCard> | undefined;

async function bringOnline(): Promise<OnlineCard> {
  const site = await CardSite.prepare({ folder: cardFolder });
  const start = performance.now();
  await site.powerOn(120 * patience);
  await site.untilStarted(120 * patience);
  await site.plugIn();
  await site.host.defaultRoute(60 * patience);
  await site.host.startDhclient();
  await site.host.globalAddress(60 * patience);
  await site.host.ping(serviceAddress, 60 * patience);
  const secondsToFirstPing = (performance.now() - start) / 1000;
  await site.machine.save(snapshot);
  return { site, secondsToFirstPing };
}

/** The card as it is now: online, unless a test of the same file changed it. */
export function theCard(): Promise<OnlineCard> {
  online ??= bringOnline();
  return online;
}

/**
 * Stops the card's processor until the next `reset`: an emulated USB cable keeps the build machine busy, even at rest.
 */
export async function rest(): Promise<void> {
  const card = await online?.catch(() => undefined);
  await card?.site.machine.pause();
}

/** Back to the moment when the host came online. The tunnel's connection is lost by that and made again. */
export async function reset(): Promise<CardSite> {
  const { site } = await theCard();
  await site.machine.restore(snapshot);
  await takeOtherPorts(site);
  await site.host.ping(serviceAddress, 60 * patience);
  return site;
}

const portsAtATime = 400;
let portRanges = 0;

/**
 * The card has forgotten the connections that it made since the snapshot, the network around it has not, and a card
 * that came back chooses the same ports again.
 */
async function takeOtherPorts({ console: card, host }: CardSite): Promise<void> {
  const first = 10_000 + (portRanges++ % 100) * portsAtATime;
  const range = `${first} ${first + portsAtATime - 1}`;
  const command = `echo '${range}' >/proc/sys/net/ipv4/ip_local_port_range`;
  await card.run(command);
  await host.run(command);
}

/** The console's log is kept, and its end shown, when a test fails. */
export function keepConsoleOnFailure(consoleOf: () => Promise<CardSite>): void {
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const site = await consoleOf().catch(() => undefined);
    const folder = path.join(runFolder, 'failed');
    mkdirSync(folder, { recursive: true });
    const name = this.currentTest.fullTitle().replace(/[^\w]+/g, '-');
    const file = path.join(folder, `${name}.console.log`);
    copyFileSync(path.join(cardFolder, 'console.log'), file);
    console.log(`--- the console's last lines (all of it: ${file})`);
    console.log(lastLines(site?.console.text ?? '', 25));
    if (site === undefined) return;
    const journal = await site.console
      .read("journalctl -b -u 'enftun@*' --no-pager | tail -n 20")
      .catch(String);
    console.log(`--- journal of the tunnels\n${journal}`);
  });
}

after(async () => {
  const card = await online?.catch(() => undefined);
  await card?.site.machine.cutPower();
});
