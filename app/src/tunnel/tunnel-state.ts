/**
 * What can be seen of the tunnel at one moment: the status, the page for the host and the line for systemd are all made
 * from this. Points in time are on the monotonic clock: the time of day of a card may jump while it runs.
 */
import type { Instant } from '../core/time.ts';
import type { DisconnectCause } from './disconnect-cause.ts';

export const tunnelPhases = [
  /** No attempt has been finished yet. */
  'starting',
  /** The certificate or the key cannot be used. */
  'no-identity',
  /** The identity is good, and something of this machine is not ready, such as the interface. */
  'not-ready',
  'connecting',
  'up',
  /** Waiting for the next attempt after a failure or a lost tunnel. */
  'waiting',
  'stopped',
] as const;

export type TunnelPhase = (typeof tunnelPhases)[number];

/** What a device does that is asking for a new identity, in this order. */
export const provisioningSteps = [
  /** Another service of this machine is asking for one. */
  'waiting',
  /** It reads the credentials of its group. */
  'group',
  /** It looks for a server. */
  'server',
  /** A server has proved itself, and the device makes its signatures. */
  'signing',
  /** The server decides. */
  'answer',
  /** The new identity is written. */
  'storing',
] as const;

export type ProvisioningStep = (typeof provisioningSteps)[number];

/** A new identity is needed, and the device asks for it by itself. */
export interface ProvisioningState {
  /** Undefined between two runs. */
  readonly step: ProvisioningStep | undefined;
  /** Since when it is at this step, or waits for the next run. */
  readonly since: Instant;
  /** Why the last run brought none, and what to do: one line. */
  readonly problem: string | undefined;
}

/** What encrypts a tunnel: the addon of `tls-stream`, or `node:tls`. */
export type TlsLibrary = 'native' | 'node';

/** The connection that carries the tunnel now. */
export interface SessionState {
  /** Name of the transport, such as `tcp`. */
  readonly transport: string;
  /** The server as a literal address. */
  readonly server: string;
  readonly port: number;
  /** Ours towards the server; undefined where the transport has none. */
  readonly localAddress: string | undefined;
  /** TLS version and cipher, for people. */
  readonly cipher: string;
  readonly tls: TlsLibrary;
  /** How often keys were changed, in both directions together; undefined where that does not show. */
  readonly keyUpdates: number | undefined;
  readonly since: Instant;
  /** When the server sent its last byte; undefined before its first, until which it may still refuse us. */
  readonly lastHeard: Instant | undefined;
}

/** The end of the last session, or the failure of the last attempt. */
export interface Disconnect {
  readonly at: Instant;
  readonly cause: DisconnectCause;
  /** One phrase: what happened. */
  readonly words: string;
  /** What the operator can do about it; empty when there is nothing but to wait. */
  readonly nextStep: string;
}

/** One thing tried during the last search for a server. */
export interface ConnectAttempt {
  readonly transport: string;
  /** As the configuration names it. */
  readonly host: string;
  /** The literal tried; undefined when the name had no address, or the transport itself could not be used. */
  readonly address: string | undefined;
  /** Why it was of no use; undefined for the one that succeeded. */
  readonly problem: string | undefined;
}

export interface TunnelState {
  readonly phase: TunnelPhase;
  /** Since when it is in this phase. */
  readonly since: Instant;
  /** Our address in the tunnel, canonical text; undefined before the first identity. */
  readonly address: string | undefined;
  /** End of our own certificate. */
  readonly certificateEnds: Date | undefined;
  /** Only while `up`. */
  readonly session: SessionState | undefined;
  /** What is wrong, and what to do, while the phase is `no-identity` or `not-ready`: one line. */
  readonly problem: string | undefined;
  /** The code of the log line about that problem. */
  readonly problemCode: string | undefined;
  readonly lastDisconnect: Disconnect | undefined;
  /** In the order of their ends. While a tunnel is up, better transports are tried again: then the latest of each. */
  readonly tried: readonly ConnectAttempt[];
  /** How many more were tried. */
  readonly triedLeftOut: number;
  /** When the next attempt begins; undefined while one is going on or a tunnel is up. */
  readonly retryAt: Instant | undefined;
  /** The server seems not to accept our certificate any more. */
  readonly needProvision: boolean;
  /** Undefined while none is needed, and on machines that cannot provision themselves. */
  readonly provisioning: ProvisioningState | undefined;
  /** Tunnels that were established since the start of the service. */
  readonly sessions: number;
}
