/**
 * The state of one tunnel as the status socket gives it, one JSON object per connection: `enftun status --json`, the
 * page for the host and other programs read it. A documented interface (docs/status.md): members are added, and keep
 * their meaning; whatever else would change raises `schema`. What is not known is null, never absent.
 *
 * Times are ages in seconds, since the time of day of a card may be wrong or jump. Nothing in here is secret.
 */
import type { OutboundCounters } from '../tunnel/outbound-filter.ts';
import type { InboundCounters } from '../tunnel/inbound-filter.ts';
import type { RouterCounters } from '../router/router-counters.ts';
import type { DisconnectCause } from '../tunnel/disconnect-cause.ts';
import type { ProvisioningStep, TlsLibrary, TunnelPhase } from '../tunnel/tunnel-state.ts';
import type { StorageStatus } from './storage.ts';

export const statusSchema = 1;

export interface StatusDocument {
  readonly schema: typeof statusSchema;
  /** The configuration's file name without its ending, such as `enf0`. */
  readonly name: string;
  readonly versions: { readonly enftun: string; readonly node: string };
  /** The machine's time of day, ISO 8601. */
  readonly time: string;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number | null;

  readonly state: TunnelPhase;
  readonly stateSeconds: number;
  /** What is wrong and what to do about it, when the identity or the machine is at fault. */
  readonly problem: string | null;
  /** The code of the log line about that problem (docs/messages.md). */
  readonly problemCode: string | null;
  /** Our address in the ENF, which is the host's. */
  readonly address: string | null;
  readonly certificate: CertificateStatus | null;
  /** The server seems not to accept our certificate any more. */
  readonly needsProvisioning: boolean;
  /** The machine is getting a new identity by itself; null while it needs none, or cannot. */
  readonly provisioning: ProvisioningStatus | null;

  readonly remote: { readonly hosts: readonly string[]; readonly port: number };
  /** Only while the state is `up`. */
  readonly session: SessionStatus | null;
  /** Tunnels that were established since the start of the service. */
  readonly sessions: number;
  readonly lastDisconnect: DisconnectStatus | null;
  /** What was tried during the last search for a server, in order. */
  readonly attempts: readonly AttemptStatus[];
  /** How many more were tried in vain. */
  readonly attemptsLeftOut: number;
  readonly retryInSeconds: number | null;

  readonly link: LinkStatus;
  /** Of a card; null on other machines. */
  readonly storage: StorageStatus | null;
  readonly traffic: TrafficStatus | null;
}

export interface ProvisioningStatus {
  /** What it does; null between two runs. */
  readonly step: ProvisioningStep | null;
  /** Since when it does that, or waits for the next run. */
  readonly seconds: number;
  /** Why the last run brought no identity, and what to do; null if there was none. */
  readonly problem: string | null;
}

export interface CertificateStatus {
  /** ISO 8601. */
  readonly ends: string;
  /** Negative once it has ended. */
  readonly daysLeft: number;
}

export interface SessionStatus {
  readonly transport: string;
  readonly server: string;
  readonly port: number;
  readonly localAddress: string | null;
  readonly cipher: string;
  readonly tls: TlsLibrary;
  /** How often keys were changed; null where that does not show. */
  readonly keyUpdates: number | null;
  readonly seconds: number;
  /** Since the last byte of the server; null before its first. */
  readonly lastHeardSeconds: number | null;
}

export interface DisconnectStatus {
  readonly secondsAgo: number;
  readonly cause: DisconnectCause['kind'];
  readonly words: string;
  readonly nextStep: string | null;
}

export interface AttemptStatus {
  readonly transport: string;
  readonly host: string;
  readonly address: string | null;
  readonly problem: string | null;
}

export interface LinkStatus {
  readonly type: 'ethernet' | 'tun';
  readonly interface: string;
  /** A host is plugged in, and its interface is up. */
  readonly hasCarrier: boolean;
  /** What the interface lacks, such as the tunnel's address, and why. */
  readonly problem: string | null;
}

/** Since the first identity of the service; the numbers only grow. */
export interface TrafficStatus {
  readonly fromHost: Volume;
  readonly toHost: Volume;
  /** Frames of the link that never became packets, or did not leave. */
  readonly frames: FrameDrops;
  /** From the host, by what became of it. */
  readonly egress: Readonly<OutboundCounters> & {
    readonly withoutTunnel: number;
    readonly queueFull: number;
    /** Lost or refused in the kernel, in front of the service; where it refuses a flood, an estimate. */
    readonly notReceived: number;
    /** Not dropped, but marked as having met congestion (ECN): counted by what became of them, too. */
    readonly marked: number;
  };
  /** Out of the tunnel, by what became of it. */
  readonly ingress: Readonly<InboundCounters>;
  /** What the router said to the host, and what it refused. */
  readonly router: Readonly<RouterCounters>;
}

export interface FrameDrops {
  /** From the host: cut short, with a wrong offload header, or not IP. */
  readonly malformed: number;
  /** From the host, for another station or shorter than an Ethernet header. */
  readonly notForUs: number;
  /** From the host, for the router: more at once than its queue holds, or too long for it. */
  readonly controlOverflow: number;
  /** To the host: the kernel refused the packet, for example because the interface was down. */
  readonly refusedByKernel: number;
}

export interface Volume {
  readonly packets: number;
  readonly bytes: number;
}
