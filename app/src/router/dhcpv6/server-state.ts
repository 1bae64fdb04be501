/**
 * The whole state of the DHCPv6 server. There are no bindings to remember: the one address belongs to the host plugged
 * in, so an identity association is known exactly when it lists that address. That survives restarts and serves
 * another host at once.
 */
import type { DnsSettings } from '../dns-settings.ts';

export interface Dhcpv6ServerState {
  /** The tunnel's address, 16 bytes. */
  readonly address: Uint8Array;
  /** Addresses that it had before: a host may still send from one of them. */
  readonly formerAddresses: readonly Uint8Array[];
  /** Our server identifier. */
  readonly duid: Uint8Array;
  readonly dns: DnsSettings;
}
