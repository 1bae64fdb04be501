/**
 * The status as metrics for Prometheus: `enftun status --openmetrics`, documented in docs/metrics.md. Names follow its
 * conventions: base units, `_total` for counters, one family per question with a label `reason` where the parts of it
 * can be added up. Each sample has the label `tunnel`.
 */
import type { MetricFamily, Sample } from './openmetrics.ts';
import type { StatusDocument, TrafficStatus } from './status-document.ts';
import { tunnelPhases } from '../tunnel/tunnel-state.ts';

/**
 * One family for all tunnels: a name may stand in the text only once. `silent` are the names of services that did not
 * answer.
 */
export function statusMetrics(
  tunnels: readonly StatusDocument[],
  silent: readonly string[] = [],
): MetricFamily[] {
  const responding = [
    ...tunnels.map(({ name }) => sample(1, { tunnel: name })),
    ...silent.map((tunnel) => sample(0, { tunnel })),
  ];
  const ofService = families.map(({ read, ...family }) => ({
    ...family,
    samples: tunnels.flatMap((status) =>
      read(status).map(({ labels, value }) => ({
        labels: { tunnel: status.name, ...labels },
        value,
      })),
    ),
  }));
  return [
    {
      name: 'enftun_responding',
      type: 'gauge',
      help: 'Whether the service answers at its status socket.',
      samples: responding,
    },
    ...ofService,
  ];
}

interface Family extends Omit<MetricFamily, 'samples'> {
  readonly read: (status: StatusDocument) => Sample[];
}

const families: readonly Family[] = [
  {
    name: 'enftun',
    type: 'info',
    help: 'Versions of the service.',
    read: ({ versions }) => [sample(1, { version: versions.enftun, node: versions.node })],
  },
  {
    name: 'enftun_state',
    type: 'stateset',
    help: 'State of the tunnel; the one with value 1.',
    read: ({ state }) =>
      tunnelPhases.map((phase) => sample(Number(phase === state), { enftun_state: phase })),
  },
  {
    name: 'enftun_uptime_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Age of the service.',
    read: ({ uptimeSeconds }) => [sample(uptimeSeconds)],
  },
  {
    name: 'enftun_resident_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the service.',
    read: ({ memoryBytes }) => known(memoryBytes),
  },
  {
    name: 'enftun_problem',
    type: 'gauge',
    help: 'What keeps the tunnel from being tried, by the code of its log line.',
    read: ({ problemCode }) => (problemCode === null ? [] : [sample(1, { code: problemCode })]),
  },
  {
    name: 'enftun_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'End of the certificate, in Unix time.',
    read: ({ certificate }) => {
      const ends = certificate === null ? Number.NaN : Date.parse(certificate.ends);
      return Number.isFinite(ends) ? [sample(ends / 1000)] : [];
    },
  },
  {
    name: 'enftun_needs_provisioning',
    type: 'gauge',
    help: 'Whether the server seems not to accept the certificate any more.',
    read: ({ needsProvisioning }) => [sample(Number(needsProvisioning))],
  },
  {
    name: 'enftun_sessions',
    type: 'counter',
    help: 'Tunnels that were established.',
    read: ({ sessions }) => [sample(sessions)],
  },
  {
    name: 'enftun_session_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Age of the present tunnel.',
    read: ({ session }) =>
      session === null ? [] : [sample(session.seconds, { transport: session.transport })],
  },
  {
    name: 'enftun_last_received_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the last byte of the server.',
    read: ({ session }) => known(session?.lastHeardSeconds ?? null),
  },
  {
    name: 'enftun_link_carrier',
    type: 'gauge',
    help: 'Whether the interface is connected.',
    read: ({ link }) => [sample(Number(link.hasCarrier), { interface: link.interface })],
  },
  {
    name: 'enftun_link_packets',
    type: 'counter',
    help: 'Packets of the interface, dropped or answered ones included.',
    read: ofTraffic(({ fromHost, toHost }) => [
      sample(fromHost.packets, { direction: 'egress' }),
      sample(toHost.packets, { direction: 'ingress' }),
    ]),
  },
  {
    name: 'enftun_link_bytes',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes of the interface.',
    read: ofTraffic(({ fromHost, toHost }) => [
      sample(fromHost.bytes, { direction: 'egress' }),
      sample(toHost.bytes, { direction: 'ingress' }),
    ]),
  },
  {
    name: 'enftun_link_frame_drops',
    type: 'counter',
    help: 'Frames of the interface that never became packets or did not leave.',
    read: ofTraffic(({ frames }) => byReason(frames, {})),
  },
  {
    name: 'enftun_tunnel_packets',
    type: 'counter',
    help: 'Packets that passed: egress to the ENF, ingress from it.',
    read: ofTraffic(({ egress, ingress }) => [
      sample(egress.passed, { direction: 'egress' }),
      sample(ingress.passed, { direction: 'ingress' }),
    ]),
  },
  {
    name: 'enftun_tunnel_drops',
    type: 'counter',
    help: 'Packets that were dropped, by reason.',
    read: ofTraffic(({ egress, ingress }) => [
      ...byReason(egress, { direction: 'egress' }, ['passed', 'control', 'marked']),
      ...byReason(ingress, { direction: 'ingress' }, ['passed', 'empty', 'heartbeatReply']),
    ]),
  },
  {
    name: 'enftun_ecn_marked_packets',
    type: 'counter',
    help: 'Packets that were marked as having met congestion.',
    read: ofTraffic(({ egress }) => [sample(egress.marked)]),
  },
  {
    name: 'enftun_router_messages',
    type: 'counter',
    help: 'Messages that the router received, sent and dropped, by kind.',
    read: ofTraffic(({ router }) =>
      Object.entries(router).map(([kind, count]) => sample(count, { kind: snakeCase(kind) })),
    ),
  },
];

function sample(value: number, labels: Sample['labels'] = {}): Sample {
  return { labels, value };
}

function known(value: number | null): Sample[] {
  return value === null ? [] : [sample(value)];
}

function ofTraffic(read: (traffic: TrafficStatus) => Sample[]): Family['read'] {
  return ({ traffic }) => (traffic === null ? [] : read(traffic));
}

/** `others` are the counters of what was not dropped. */
function byReason<Name extends string>(
  counters: Readonly<Record<Name, number>>,
  labels: Sample['labels'],
  others: readonly NoInfer<Name>[] = [],
): Sample[] {
  return Object.entries<number>(counters)
    .filter(([name]) => !others.some((other) => other === name))
    .map(([reason, count]) => sample(count, { ...labels, reason: snakeCase(reason) }));
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
