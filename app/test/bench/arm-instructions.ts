/**
 * Instructions that the service executes on ARM for each megabyte through the tunnel, up and down: a figure that does
 * not depend on the speed of the machine that emulates. QEMU counts: the card's clock advances by a fixed time for each
 * instruction, so the scheduler's run time of a process gives its instructions (user and kernel, interrupts that hit
 * it included).
 *
 * Once with a network of the card's own, where only plain Ethernet crosses the emulated cable, and once over the
 * sockets of its host (psock), with what psockd and psock-host need: there everything crosses that cable a second time.
 * Throughput is by the card's clock, of a machine that does the work of card, host and cable.
 */
import path from 'node:path';
import { CardSite, runFolder } from '../harness/qemu/card-site.ts';
import { Steps } from '../../demo/steps.ts';
import { serviceAddress } from '../harness/topology.ts';
import { giveNetworkToHost } from '../harness/qemu/uplink-choice.ts';
import { nanosecondsPerInstruction } from '../harness/qemu/virtual-machine.ts';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { startTool, toolStatus } from '../harness/tool.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';

const megabytes = 4;
const bytes = megabytes * 1_000_000;
/**
 * Of these the one with the fewest instructions of the service counts: V8 compiles, and writes its code cache once, in
 * the middle of any of them, for some 80 million instructions.
 */
const transfers = 4;
const seconds = 900;

/** Instructions by who executes them; before the division by time per instruction, nanoseconds. */
interface Reading {
  readonly service: number;
  readonly psockd: number;
  readonly psockHost: number;
  readonly busy: number;
}

interface Result extends Reading {
  readonly megabytesPerSecond: number;
  /** What the tunnel was encrypted with: most of what the service executes. */
  readonly cipher: string;
}

type Direction = 'up' | 'down';

const url = `http://[${serviceAddress}]/`;

const commands: Readonly<Record<Direction, string>> = {
  up: `head -c ${bytes} /dev/zero | curl -sS -m ${seconds} -o /dev/null --data-binary @- ${url}`,
  down: `curl -sS -m ${seconds} -o /dev/null ${url}${bytes}/instructions`,
};

async function readCounters({ console: card }: CardSite): Promise<Reading> {
  const runTime = async (pidCommand: string): Promise<number> => {
    const script = `for pid in $(${pidCommand}); do cat /proc/$pid/task/*/schedstat; done`;
    const threads = (await card.read(script, { deadlineSeconds: 120 })).split('\n');
    return threads.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0);
  };
  const uptime = (await card.read('cat /proc/uptime')).split(' ').map(Number);
  return {
    service: await runTime('systemctl show -P MainPID enftun@enf0'),
    psockd: await runTime('systemctl show -P MainPID psockd'),
    psockHost: await runTime('chroot /mnt pgrep -f "[p]sock-host"'),
    busy: ((uptime[0] ?? 0) - (uptime[1] ?? 0)) * 1e9,
  };
}

async function cipherOf({ console: card }: CardSite): Promise<string> {
  const text = await card.read('enftun status enf0 --json', { deadlineSeconds: 120 });
  // Its own program writes it, of the same version as this one.
  return (JSON.parse(text) as StatusDocument).session?.cipher ?? 'none';
}

async function measure(site: CardSite, direction: Direction): Promise<Result> {
  const before = await readCounters(site);
  const clock = 'cut -d " " -f 1 /proc/uptime';
  const times = await site.host.read(`${clock}; ${commands[direction]}; ${clock}`, {
    deadlineSeconds: seconds,
  });
  const [begin = 0, end = 0] = times.trim().split('\n').map(Number);
  const after = await readCounters(site);
  const spent = (name: keyof Reading): number =>
    (after[name] - before[name]) / nanosecondsPerInstruction / megabytes;
  return {
    service: spent('service'),
    psockd: spent('psockd'),
    psockHost: spent('psockHost'),
    busy: spent('busy'),
    megabytesPerSecond: megabytes / (end - begin),
    cipher: await cipherOf(site),
  };
}

const table = {
  program: 'bench-arm',
  about: [
    `Counts the ARM instructions that the service executes for each megabyte through the tunnel, up and down, with a
     network of the card's own and over the sockets of its host.`,
  ],
  commands: { '': { options: { json: { help: 'print JSON' } }, help: 'count instructions' } },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': (given) => () => bench(given.has('json')),
});

async function bench(isJson: boolean): Promise<void> {
  const steps = new Steps();
  const step = async <T>(name: string, action: () => Promise<T>) =>
    isJson ? action() : steps.step(name, action);

  const site = await CardSite.prepare({
    folder: path.join(runFolder, 'instructions'),
  });
  await step('power on', async () => {
    await site.powerOn(seconds);
    await site.untilStarted(seconds);
  });
  await step('the host comes online', async () => {
    await site.plugIn();
    await site.host.defaultRoute(seconds);
    await site.host.startDhclient();
    await site.host.globalAddress(seconds);
    await site.host.ping(serviceAddress, seconds);
  });
  const result: Record<string, Result> = {};
  async function measureBoth(transport: string): Promise<void> {
    for (const direction of ['up', 'down'] as const) {
      const results: Result[] = [];
      for (let count = 1; count <= transfers; count++) {
        const name = `${transport}: ${megabytes} MB ${direction}, ${count} of ${transfers}`;
        results.push(await step(name, () => measure(site, direction)));
      }
      results.sort((one, other) => one.service - other.service);
      result[`${transport} ${direction}`] = results[0]!; // there is at least one
    }
  }
  await measureBoth('tcp');
  await step("the network is the host's, which lends its sockets", async () => {
    await giveNetworkToHost(site);
    await site.host.lendSockets('', seconds);
    await site.host.ping(serviceAddress, seconds);
  });
  await measureBoth('psock');
  await site.machine.cutPower();

  const millions = (count: number) => String(Math.round(count / 1e6));
  if (isJson) {
    console.log(JSON.stringify(result));
  } else {
    console.log('\nmillions of ARM instructions for each megabyte of TCP payload');
    const row = (name: string, cells: readonly string[]): string =>
      name.padEnd(12) + cells.map((cell) => cell.padStart(12)).join('');
    console.log(row('', ['service', 'psockd', 'psock-host', 'in all']));
    for (const [name, { service, psockd, psockHost, busy }] of Object.entries(result)) {
      console.log(row(name, [service, psockd, psockHost, busy].map(millions)));
    }
    console.log([...new Set(Object.values(result).map(({ cipher }) => cipher))].join('; '));
    console.log('"in all" is the whole machine: card, host and the emulated cable.');
    console.log('\nMB of TCP payload in a second of the card');
    for (const direction of ['up', 'down'] as const) {
      const [tcp, psock] = ['tcp', 'psock'].map(
        (transport) => result[`${transport} ${direction}`]?.megabytesPerSecond ?? NaN,
      ) as [number, number];
      const ratio = (psock / tcp).toFixed(2);
      console.log(
        `${direction.padEnd(12)}tcp ${tcp.toFixed(2)}   psock ${psock.toFixed(2)}   ratio ${ratio}`,
      );
    }
  }
}
