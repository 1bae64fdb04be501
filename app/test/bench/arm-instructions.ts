/**
 * Instructions that the service executes on ARM for each megabyte through the tunnel, up and down: a figure that does
 * not depend on the speed of the machine that emulates. QEMU counts: the card's clock advances by a fixed time for each
 * instruction, so the scheduler's run time of a process tells its instructions (user and kernel, interrupts that hit
 * it included).
 *
 *   arm-instructions.ts [--json]
 */
import path from 'node:path';
import { CardSite, runFolder } from '../../lab/qemu/card-site.ts';
import { Steps } from '../../lab/steps.ts';
import { serviceAddress } from '../../lab/topology.ts';
import { nanosecondsPerInstruction } from '../../lab/qemu/virtual-machine.ts';

const megabytes = 4;
const bytes = megabytes * 1_000_000;
const seconds = 900;

/** Instructions; before the division by time per instruction, nanoseconds. */
interface Reading {
  readonly service: number;
  readonly busy: number;
}

type Direction = 'up' | 'down';

const url = `http://[${serviceAddress}]/`;
const commands: Readonly<Record<Direction, string>> = {
  up: `head -c ${bytes} /dev/zero | curl -sS -m ${seconds} -o /dev/null --data-binary @- ${url}`,
  down: `curl -sS -m ${seconds} -o /dev/null ${url}${bytes}/instructions`,
};

async function readCounters({ console: card }: CardSite): Promise<Reading> {
  const pid = await card.read('systemctl show -P MainPID enftun@enf0', { deadlineSeconds: 120 });
  const threads = await card.read(`cat /proc/${pid}/task/*/schedstat`);
  const uptime = (await card.read('cat /proc/uptime')).split(' ').map(Number);
  const service = threads.split('\n').reduce((sum, line) => sum + Number(line.split(' ')[0]), 0);
  return { service, busy: ((uptime[0] ?? 0) - (uptime[1] ?? 0)) * 1e9 };
}

async function measure(site: CardSite, direction: Direction): Promise<Reading> {
  const before = await readCounters(site);
  await site.host.run(commands[direction], { deadlineSeconds: seconds });
  const after = await readCounters(site);
  return {
    service: (after.service - before.service) / nanosecondsPerInstruction / megabytes,
    busy: (after.busy - before.busy) / nanosecondsPerInstruction / megabytes,
  };
}

const steps = new Steps();
const isJson = process.argv.includes('--json');
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
const result: Partial<Record<Direction, Reading>> = {};
for (const direction of ['up', 'down'] as const) {
  await step(`warm up, ${direction}`, () => measure(site, direction));
  result[direction] = await step(`${megabytes} MB ${direction}`, () => measure(site, direction));
}
await site.machine.cutPower();

const millions = (count = 0) => Math.round(count / 1e6);
if (isJson) {
  console.log(JSON.stringify(result));
} else {
  console.log('\nmillions of ARM instructions for each megabyte of TCP payload');
  console.log('        service   whole machine (card, host and the emulated cable)');
  for (const [direction, reading] of Object.entries(result)) {
    const [service, busy] = [reading.service, reading.busy].map((count) => String(millions(count)));
    console.log(`${direction.padEnd(8)}${service!.padStart(7)}   ${busy!.padStart(7)}`);
  }
}
process.exit(0);
