/** One upload, or several, into a slow card, with pings beside it: losses, waiting times, shares. */
import type { Link } from '../harness/card.ts';
import { SlowProgram, type CpuShare } from '../harness/cpu-share.ts';
import { isListening } from '../harness/enf.ts';
import { logFile } from '../harness/paths.ts';
import { CommandFailed } from '../harness/process.ts';
import { Site } from '../harness/site.ts';
import { serviceAddress } from '../harness/topology.ts';
import { cpuSeconds } from '../harness/usage.ts';
import { quantile, summarize } from './statistics.ts';

/** TCP that reacts to loss, TCP that does not, one of each, and UDP that reacts to nothing. */
export const edgeCases = ['cubic', 'bbr', 'both', 'udp'] as const;
export type EdgeCase = (typeof edgeCases)[number];

export interface EdgePlan extends CpuShare {
  readonly link: Link;
  readonly seconds: number;
  /** TCP connections of each upload. */
  readonly flows: number;
  /** As in tc(8), for example 10mbit: the uplink is slow, not the card. */
  readonly uplinkRate: string | undefined;
  /** The compiled udp-load. */
  readonly udpLoad: string;
}

export const edgeFigures = {
  megabits: { title: 'Mbit/s', digits: 1 },
  cpuPerGiB: { title: 'CPU s/GiB', digits: 1 },
  /** Of all segments of the uploads. */
  resentPercent: { title: 'sent again %', digits: 2 },
  /** As the slower upload's sender sees it. */
  ownRttMs: { title: 'own RTT ms', digits: 1 },
  pingMs: { title: 'ping ms', digits: 1 },
  pingP99Ms: { title: 'p99 ping ms', digits: 0 },
  pingWorstMs: { title: 'worst ping ms', digits: 0 },
  pingLostPercent: { title: 'ping lost %', digits: 1 },
  /** Of two uploads. */
  smallerPercent: { title: 'smaller part %', digits: 0 },
} as const;

export type EdgeFigures = Readonly<Record<keyof typeof edgeFigures, number>>;

const pingsPerSecond = 20;
const firstPort = 5201;
const udpBytes = 1200;
/** 1280 bytes without the headers of IPv6 and of TCP with timestamps. */
const segmentBytes = 1208;

export async function measureEdge(which: EdgeCase, plan: EdgePlan): Promise<EdgeFigures> {
  const site = await Site.open({ link: plan.link });
  let slow: SlowProgram | undefined;
  try {
    await site.untilOnline();
    if (plan.uplinkRate === undefined) slow = await SlowProgram.slowDown(site.enftun, plan);
    else {
      const shaper = `tc qdisc add dev wan root tbf rate ${plan.uplinkRate} burst 32kb latency 50ms`;
      await site.network.card.run(shaper.split(' '));
    }
    const cpuBefore = cpuSeconds(site.enftun.pid);
    const load = which === 'udp' ? udp(site, plan) : uploads(site, which, plan);
    const [loaded, pinged] = await Promise.all([load, ping(site, plan)]);
    const cpu = cpuSeconds(site.enftun.pid) - cpuBefore;
    site.assertServiceAlive();
    const gibibytes = (loaded.megabits * 1e6 * plan.seconds) / 8 / 1024 ** 3;
    return { ...loaded, ...pinged, cpuPerGiB: cpu / gibibytes };
  } finally {
    await site.close();
    await slow?.remove();
  }
}

/** The part of iperf3's JSON that we read; its exit status is 0 even with an error inside. */
interface IperfReport {
  readonly error?: string;
  readonly end: {
    readonly sum_received?: { bytes: number; bits_per_second: number };
    readonly streams?: readonly { sender: { mean_rtt: number; retransmits: number } }[];
  };
}

async function upload(site: Site, algorithm: string, port: number, { seconds, flows }: EdgePlan) {
  const { enf } = site.network;
  const server = ['iperf3', '-s', '-1', '-B', serviceAddress, '-p', `${port}`];
  site.with(enf.start('iperf3', server, { log: logFile('iperf3') }));
  await site.enftun.until('iperf3 listens', 10, () => isListening(enf, port));
  const client = ['iperf3', '-6', '-J', '-c', serviceAddress, '-p', `${port}`, '-C', algorithm];
  const length = ['-t', `${seconds}`, '-P', `${flows}`];
  const { stdout } = await site.host.run([...client, ...length], {
    deadlineSeconds: seconds + 30,
  });
  const { end, error } = JSON.parse(stdout) as IperfReport;
  const senders = (end.streams ?? []).map(({ sender }) => sender);
  if (end.sum_received === undefined || senders.length === 0) {
    throw new CommandFailed(`iperf3: ${error ?? 'no result'}`);
  }
  return {
    ...end.sum_received,
    retransmits: senders.reduce((sum, { retransmits }) => sum + retransmits, 0),
    mean_rtt: Math.max(...senders.map(({ mean_rtt }) => mean_rtt)),
  };
}

async function uploads(site: Site, which: Exclude<EdgeCase, 'udp'>, plan: EdgePlan) {
  const algorithms = which === 'both' ? ['bbr', 'cubic'] : [which];
  const reports = await Promise.all(
    algorithms.map((algorithm, i) => upload(site, algorithm, firstPort + i, plan)),
  );
  const sum = (of: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const resent = sum((report) => report.retransmits);
  const bytes = sum((report) => report.bytes);
  return {
    megabits: sum((report) => report.bits_per_second) / 1e6,
    resentPercent: (100 * resent) / (bytes / segmentBytes + resent),
    ownRttMs: Math.max(...reports.map((report) => report.mean_rtt)) / 1000,
    smallerPercent: (100 * Math.min(...reports.map((report) => report.bytes))) / bytes,
  };
}

async function udp(site: Site, { udpLoad, seconds }: EdgePlan) {
  const before = await datagrams(site);
  await site.host.run([udpLoad, 'flood', serviceAddress, '9', `${udpBytes}`, `${seconds}`], {
    deadlineSeconds: seconds + 30,
  });
  const megabits = (((await datagrams(site)) - before) * udpBytes * 8) / seconds / 1e6;
  return { megabits, resentPercent: NaN, ownRttMs: NaN, smallerPercent: NaN };
}

/** Those that came through; nothing listens there. */
async function datagrams(site: Site): Promise<number> {
  const { stdout } = await site.network.enf.run(['cat', '/proc/net/snmp6']);
  return Number(/^Udp6NoPorts\s+(\d+)/m.exec(stdout)?.[1]);
}

async function ping(site: Site, { seconds }: EdgePlan) {
  const count = seconds * pingsPerSecond;
  const argv = ['ping', '-6', '-n', '-i', `${1 / pingsPerSecond}`, '-W', '2', '-c', `${count}`];
  const { stdout } = await site.host.run([...argv, serviceAddress], {
    mayFail: true,
    deadlineSeconds: seconds + 30,
  });
  const times = [...stdout.matchAll(/time=([\d.]+) ms/g)].map(([, ms]) => Number(ms));
  const { median, highest } = summarize(times);
  const pingLostPercent = (100 * (count - times.length)) / count;
  const pingP99Ms = quantile(times, 0.99);
  return { pingMs: median, pingP99Ms, pingWorstMs: highest, pingLostPercent };
}
