/** One run: every metric of one running client, host and ENF being the ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isListening } from '../harness/enf.ts';
import type { Namespace } from '../harness/namespace.ts';
import { logFile } from '../harness/paths.ts';
import { CommandFailed, type Program } from '../harness/process.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import type { Measurement } from './metrics.ts';
import { summarize } from './statistics.ts';
import { cpuSeconds, residentMiB } from '../harness/usage.ts';

const iperfPort = 5201;
const sinkPort = 9;
/** 40 bytes of IPv6, 8 of UDP and this make packets of 200 bytes. */
const smallPayload = 152;
const idleSeconds = 2;
const gibibyte = 1024 ** 3;

export interface Ends {
  readonly host: Namespace;
  readonly enf: Namespace;
  /** The compiled udp-load. */
  readonly udpLoad: string;
  readonly seconds: number;
}

export async function measure(client: Program, ends: Ends): Promise<Measurement> {
  const rtt = await roundTrip(ends.host);
  const up = await tcp(client, ends, []);
  const down = await tcp(client, ends, ['-R']);
  const packetsUp = await packets(client, [ends.host, ends.enf], serviceAddress, ends);
  const packetsDown = await packets(client, [ends.enf, ends.host], tunnelAddress, ends);
  await sleep(500); // queues run empty
  const cpuBefore = cpuSeconds(client.pid);
  await sleep(idleSeconds * 1000);
  const cpuIdle = ((cpuSeconds(client.pid) - cpuBefore) * 1000) / idleSeconds;
  const { now, peak } = residentMiB(client.pid);
  if (!client.isRunning) throw new CommandFailed(`${client.name} ended during its measurement`);
  return {
    rtt,
    tcpUp: up.megabits,
    cpuUp: up.cpuPerGiB,
    tcpDown: down.megabits,
    cpuDown: down.cpuPerGiB,
    packetsUp: packetsUp.perMillisecond,
    cpuPacketsUp: packetsUp.cpuPerMillion,
    packetsDown: packetsDown.perMillisecond,
    cpuPacketsDown: packetsDown.cpuPerMillion,
    cpuIdle,
    memory: now,
    memoryPeak: peak,
  };
}

async function roundTrip(host: Namespace): Promise<number> {
  const ping = ['ping', '-6', '-n', '-i', '0.002', '-c', '500', serviceAddress];
  const { stdout } = await host.run(ping);
  const times = [...stdout.matchAll(/time=([\d.]+) ms/g)].map(([, ms]) => Number(ms));
  return summarize(times).median;
}

/** The part of iperf3's JSON that we read; its exit status is 0 even with an error inside. */
interface IperfReport {
  readonly error?: string;
  readonly end: { readonly sum_received?: { bytes: number; bits_per_second: number } };
}

async function tcp(
  client: Program,
  ends: Ends,
  flags: readonly string[],
): Promise<{ megabits: number; cpuPerGiB: number }> {
  // One server per transfer: between two transfers iperf3 has no listening socket for a moment.
  const server = ends.enf.start('iperf3', ['iperf3', '-s', '-1', '-B', serviceAddress], {
    log: logFile('iperf3'),
  });
  await server.until('iperf3 listens', 10, () => isListening(ends.enf, iperfPort));
  const cpuBefore = cpuSeconds(client.pid);
  const { stdout } = await ends.host.run(
    ['iperf3', '-6', '-J', '-c', serviceAddress, '-t', String(ends.seconds), ...flags],
    { deadlineSeconds: ends.seconds + 30 },
  );
  const cpu = cpuSeconds(client.pid) - cpuBefore;
  await server.kill();
  const { end, error } = JSON.parse(stdout) as IperfReport;
  const received = end.sum_received;
  if (received === undefined) throw new CommandFailed(`iperf3: ${error ?? 'no result'}`);
  return {
    megabits: received.bits_per_second / 1e6,
    cpuPerGiB: cpu / (received.bytes / gibibyte),
  };
}

/** Datagrams that arrive when more are sent than the tunnel carries. */
async function packets(
  client: Program,
  [from, to]: readonly [from: Namespace, to: Namespace],
  address: string,
  ends: Ends,
): Promise<{ perMillisecond: number; cpuPerMillion: number }> {
  const sink = to.start('sink', [ends.udpLoad, 'sink', address, `${sinkPort}`], {
    log: '/dev/null',
  });
  try {
    await sink.until('the sink is bound', 10, async () => {
      const { stdout } = await to.run(['ss', '-Hlun', 'sport', '=', `:${sinkPort}`]);
      return stdout.trim() !== '';
    });
    const flood = ['flood', address, `${sinkPort}`, `${smallPayload}`, `${ends.seconds}`];
    const before = await arrived(to);
    const cpuBefore = cpuSeconds(client.pid);
    const start = performance.now();
    await from.run([ends.udpLoad, ...flood], { deadlineSeconds: ends.seconds + 30 });
    const count = (await arrived(to)) - before;
    const perMillisecond = count / (performance.now() - start);
    return { perMillisecond, cpuPerMillion: ((cpuSeconds(client.pid) - cpuBefore) / count) * 1e6 };
  } finally {
    await sink.kill();
  }
}

async function arrived(namespace: Namespace): Promise<number> {
  const { stdout } = await namespace.run(['cat', '/proc/net/snmp6']);
  const counter = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(stdout)?.[1]);
  return counter('Udp6InDatagrams') + counter('Udp6RcvbufErrors');
}
