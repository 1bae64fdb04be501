/**
 * The configuration as the service uses it: every key has its default filled in, units are in the type.
 * Keys, types and defaults: spec "Configuration keys" and docs/configuration.md; read by `load.ts`.
 */
import type { Duration } from '../core/time.ts';

export type LinkType = 'tun' | 'ethernet';

/** The ways to reach servers: this machine's network, and its USB host's sockets by psockd or by the kernel. */
export const transportNames = ['tcp', 'psock', 'hss'] as const;
export type TransportName = (typeof transportNames)[number];

export interface Config {
  /** File the configuration was read from. */
  readonly file: string;
  readonly tun: {
    readonly dev: string;
    readonly devNode: string;
    readonly ipPath: string;
    /** Put the tunnel's address on the TUN interface. */
    readonly setAddress: boolean;
    /** Link-layer address to announce for the router, 6 bytes; default: the interface's own. */
    readonly lladdr: Uint8Array | undefined;
  };
  readonly link: {
    readonly type: LinkType;
    /** Ethernet interface towards the host; with type "tun" the value of `tun.dev`. */
    readonly dev: string;
    /** Fixed MAC of the host, 6 bytes; default: learned. */
    readonly hostMac: Uint8Array | undefined;
  };
  readonly remote: {
    readonly hosts: readonly string[];
    readonly port: number;
    readonly caCertFile: string;
    readonly heartbeatPeriod: Duration;
    readonly heartbeatTimeout: Duration;
    readonly serverName: string | undefined;
    /** SHA-256 of acceptable SubjectPublicKeyInfo structures, base64. Empty: any key below the CA. */
    readonly serverPins: readonly string[];
    readonly dnsServers: readonly string[];
    /** In order of preference. Undefined: all of them, and what this machine does not have is no news. */
    readonly transports: readonly TransportName[] | undefined;
    /** Of psockd. */
    readonly psockSocket: string;
    /** Number of the socket family AF_HSS. */
    readonly hssFamily: number;
  };
  readonly route: {
    /** 0 or less: packets are not marked. */
    readonly fwmark: number;
    readonly table: number;
    /** As written: "default", "addr/len" or "addr". */
    readonly prefixes: readonly string[];
    readonly trustedInterfaces: readonly string[];
    readonly allowIpv4: boolean;
    /** Clamped to 4..1800 s. */
    readonly raPeriod: Duration;
    readonly dnsServers: readonly string[];
    readonly dnsSearch: readonly string[];
  };
  readonly identity: {
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
    readonly ipFile: string | undefined;
    readonly xtt:
      { readonly remotePort: number; readonly basename: string | undefined } | undefined;
    /** Complete also without a group of its own: provisioning needs a TPM in any case. */
    readonly tpm: TpmConfig;
  };
  readonly status: {
    /** AF_UNIX socket that tells the status; default: in the folder that systemd makes for the service. */
    readonly socket: string | undefined;
  };
}

export interface TpmConfig {
  /** New keys are made inside the TPM. */
  readonly enable: boolean;
  readonly tcti: 'device' | 'socket';
  readonly device: string;
  readonly socketHost: string;
  readonly socketPort: string;
  /** Unsigned TPM handle. */
  readonly hierarchy: number;
  readonly password: string | undefined;
  /** Unsigned TPM handle of the persistent parent. */
  readonly parent: number;
}
