/** A tunnel that is up, as the service describes it and as its status reports it. */
import { createRouterCounters } from '../../../src/router/router-counters.ts';
import { instant } from '../../../src/core/time.ts';
import { buildStatus, type StatusParts } from '../../../src/status/build-status.ts';
import type { StatusDocument, TrafficStatus } from '../../../src/status/status-document.ts';
import type { TunnelState } from '../../../src/tunnel/tunnel-state.ts';
import { serverHosts } from '../uplink/server-hosts.ts';

export const now = instant(10_000_000);

export const upState: TunnelState = {
  phase: 'up',
  since: instant(10_000_000 - 3_720_000),
  address: 'fd00:8f80:1::1234',
  certificateEnds: new Date('2027-03-01T00:00:00Z'),
  session: {
    transport: 'tcp',
    server: '192.0.2.2',
    port: 443,
    localAddress: '192.0.2.1',
    cipher: 'TLSv1.3, TLS_AES_128_GCM_SHA256',
    tls: 'native',
    keyUpdates: 3,
    since: instant(10_000_000 - 3_720_000),
    lastHeard: instant(10_000_000 - 2_400),
  },
  problem: undefined,
  problemCode: undefined,
  lastDisconnect: undefined,
  tried: [],
  retryAt: undefined,
  triedLeftOut: 0,
  needProvision: false,
  provisioning: undefined,
  sessions: 1,
};

export const waitingState: TunnelState = {
  ...upState,
  phase: 'waiting',
  since: instant(10_000_000 - 4000),
  session: undefined,
  lastDisconnect: {
    at: instant(10_000_000 - 4000),
    cause: { kind: 'heartbeat-timeout' },
    words: 'no answer to the heartbeat',
    nextStep: 'check the way to the server',
  },
  tried: [
    { transport: 'tcp', host: 'enf.example', address: '192.0.2.2', problem: 'ECONNREFUSED' },
    { transport: 'psock', host: 'enf.example', address: undefined, problem: 'no host' },
  ],
  retryAt: instant(10_000_000 + 7_300),
};

export const traffic: TrafficStatus = {
  fromHost: { packets: 1_234_567, bytes: 1_500_000_000 },
  toHost: { packets: 900, bytes: 80_000 },
  frames: { malformed: 0, notForUs: 0, controlOverflow: 0, refusedByKernel: 0 },
  egress: {
    passed: 1_234_000,
    control: 500,
    wrongSource: 3,
    tooBig: 0,
    badDestination: 0,
    ipv4: 0,
    malformed: 0,
    withoutTunnel: 12,
    queueFull: 0,
    notReceived: 0,
    marked: 0,
  },
  ingress: {
    passed: 900,
    empty: 0,
    heartbeatReply: 4,
    wrongDestination: 1,
    forbiddenSource: 0,
    linkMessage: 0,
    dhcpv6: 0,
    ipv4: 0,
    malformed: 0,
  },
  router: { ...createRouterCounters(), mdns: 77, echoReplies: 5 },
};

export function status(rest: Partial<StatusParts> = {}): StatusDocument {
  return buildStatus({
    config: {
      file: '/etc/enftun/enf0.conf',
      remote: {
        hosts: serverHosts('enf.example'),
        port: 443,
      } as unknown as StatusParts['config']['remote'], // The rest of it is not looked at.
    },
    versions: { enftun: '1.2.3', node: 'v20.0.0' },
    tunnel: upState,
    link: { type: 'ethernet', interface: 'usb0', hasCarrier: true, problem: null },
    storage: null,
    traffic,
    memoryBytes: 50_000_000,
    startedAt: instant(10_000_000 - 4_000_000),
    now,
    date: new Date('2026-11-23T12:00:00Z'),
    ...rest,
  });
}
