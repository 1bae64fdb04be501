/**
 * TUN and TAP interfaces (Linux, Documentation/networking/tuntap.rst): created here, or attached to when they exist
 * already. Addresses, routes, MTU and link up/down are the business of iproute2.
 */
import type { EthernetDevice, PacketDevice } from './device.ts';

export interface TunOptions {
  /** Interface name, up to 15 bytes. `%d` lets the kernel number it: `"enf%d"`. */
  name: string;
  /** Device node; `/dev/net/tun` unless given. */
  node?: string;
  /** Keep the interface after close (true) or remove it then (false); unchanged when absent. */
  persist?: boolean;
  /** User and group id that may attach without CAP_NET_ADMIN; unchanged when absent. */
  owner?: number;
  group?: number;
  /**
   * Exchange super-packets with the kernel (TSO, USO, GRO); false turns it off in case a kernel does it wrong.
   * True unless given.
   */
  offload?: boolean;
  /** Bytes written to the interface and not yet taken by the network stack before EAGAIN; unlimited unless given. */
  sendBufferBytes?: number;
}

export interface TapOptions extends TunOptions {
  /** Our MAC address on the wire; the interface's own MAC belongs to the kernel's end of it. */
  mac: Uint8Array;
}

export function openTun(options: TunOptions): PacketDevice {
  throw new TypeError(`not yet: ${options.name}`);
}

export function openTap(options: TapOptions): EthernetDevice {
  throw new TypeError(`not yet: ${options.name}`);
}
