/**
 * TUN and TAP interfaces (Linux, Documentation/networking/tuntap.rst): created here, or attached to when they exist
 * already. Addresses, routes, MTU and link up/down are the business of iproute2.
 */
import type { EthernetDevice, PacketDevice } from './device.ts';
import {
  KernelEthernetDevice,
  KernelPacketDevice,
  type KernelDeviceSource,
} from './kernel-device.ts';
import { deviceAddon, unchanged } from './native-devices.ts';

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
  /** Sort waiting packets by flow (see `PacketDevice.readBatch`); false unless given. */
  fairQueue?: boolean;
}

export interface TapOptions extends TunOptions {
  /** Our MAC address on the wire; the interface's own MAC belongs to the kernel's end of it. */
  mac: Uint8Array;
}

export function openTun(options: TunOptions): PacketDevice {
  return new KernelPacketDevice(source(options, undefined));
}

/** An Ethernet device whose other end is this machine's own network stack. */
export function openTap(options: TapOptions): EthernetDevice {
  const mac = Uint8Array.from(options.mac);
  return new KernelEthernetDevice(source(options, mac), mac);
}

function source(options: TunOptions, mac: Uint8Array | undefined): KernelDeviceSource {
  const { name, node = '/dev/net/tun', persist, offload = true, fairQueue = false } = options;
  const tap = mac !== undefined;
  return {
    open: (state) =>
      deviceAddon().openTun(
        {
          node,
          name,
          tap,
          offload,
          fairQueue,
          persist: persist === undefined ? unchanged : Number(persist),
          owner: options.owner ?? unchanged,
          group: options.group ?? unchanged,
        },
        state,
        mac ?? new Uint8Array(6),
      ),
    context: { problem: `cannot open ${tap ? 'TAP' : 'TUN'} interface ${name}`, name, node },
  };
}
