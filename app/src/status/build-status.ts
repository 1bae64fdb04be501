/** From the state of the service to the status document. Pure: the time and the process are parameters. */
import { elapsed, type Instant } from '../core/time.ts';
import type { Config } from '../config/config.ts';
import type { TunnelState } from '../tunnel/tunnel-state.ts';
import {
  statusSchema,
  type CertificateStatus,
  type LinkStatus,
  type StatusDocument,
  type TrafficStatus,
} from './status-document.ts';
import { instanceName } from '../platform/status-paths.ts';
import type { StorageStatus } from './storage.ts';

export interface StatusParts {
  readonly config: Pick<Config, 'file' | 'remote'>;
  readonly versions: StatusDocument['versions'];
  readonly tunnel: TunnelState;
  readonly link: LinkStatus;
  readonly storage: StorageStatus | null;
  readonly traffic: TrafficStatus | null;
  readonly memoryBytes: number | null;
  readonly startedAt: Instant;
  readonly now: Instant;
  /** The time of day. */
  readonly date: Date;
}

const dayMs = 24 * 60 * 60 * 1000;

export function buildStatus(parts: StatusParts): StatusDocument {
  const { config, tunnel, now, date } = parts;
  const age = (then: Instant): number => Math.max(0, Math.round(elapsed(then, now) / 1000));
  const { session, lastDisconnect, retryAt } = tunnel;
  return {
    schema: statusSchema,
    name: instanceName(config.file),
    versions: parts.versions,
    time: date.toISOString(),
    uptimeSeconds: age(parts.startedAt),
    memoryBytes: parts.memoryBytes,
    state: tunnel.phase,
    stateSeconds: age(tunnel.since),
    problem: tunnel.problem ?? null,
    problemCode: tunnel.problemCode ?? null,
    address: tunnel.address ?? null,
    certificate: certificateStatus(tunnel.certificateEnds, date),
    needsProvisioning: tunnel.needProvision,
    provisioning:
      tunnel.provisioning === undefined
        ? null
        : {
            step: tunnel.provisioning.step ?? null,
            seconds: age(tunnel.provisioning.since),
            problem: tunnel.provisioning.problem ?? null,
          },
    remote: { hosts: config.remote.hosts.map(({ text }) => text), port: config.remote.port },
    session:
      session === undefined
        ? null
        : {
            transport: session.transport,
            server: session.server,
            port: session.port,
            localAddress: session.localAddress ?? null,
            cipher: session.cipher,
            tls: session.tls,
            keyUpdates: session.keyUpdates ?? null,
            seconds: age(session.since),
            lastHeardSeconds: session.lastHeard === undefined ? null : age(session.lastHeard),
          },
    sessions: tunnel.sessions,
    lastDisconnect:
      lastDisconnect === undefined
        ? null
        : {
            secondsAgo: age(lastDisconnect.at),
            cause: lastDisconnect.cause.kind,
            words: lastDisconnect.words,
            nextStep: lastDisconnect.nextStep === '' ? null : lastDisconnect.nextStep,
          },
    attempts: tunnel.tried.map(({ transport, host, address, problem }) => ({
      transport,
      host,
      address: address ?? null,
      problem: problem ?? null,
    })),
    attemptsLeftOut: tunnel.triedLeftOut,
    retryInSeconds:
      retryAt === undefined ? null : Math.max(0, Math.ceil(elapsed(now, retryAt) / 1000)),
    link: parts.link,
    storage: parts.storage,
    traffic: parts.traffic,
  };
}

function certificateStatus(ends: Date | undefined, date: Date): CertificateStatus | null {
  if (ends === undefined) return null;
  const daysLeft = Math.floor((ends.getTime() - date.getTime()) / dayMs);
  return { ends: ends.toISOString(), daysLeft };
}
