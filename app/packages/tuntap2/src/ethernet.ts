/**
 * An existing Ethernet interface through an AF_PACKET socket (packet(7)). The interface needs no address and no
 * IPv6 of the kernel's own; multicast is received (PACKET_MR_ALLMULTI), promiscuous mode is not used. VLAN-tagged
 * frames and our own outgoing ones are not seen.
 */
import type { EthernetDevice } from './device.ts';
import { KernelEthernetDevice } from './kernel-device.ts';
import { deviceAddon, FrameShare } from './native-devices.ts';
import { SplitEthernetDevice } from './split-ethernet-device.ts';

export interface EthernetOptions {
  /** Interface name. */
  name: string;
  /** Exchange super-packets with the kernel (GSO, GRO); true unless given. */
  offload?: boolean;
  /** Socket buffers; the kernel's limits (net.core.[rw]mem_max) hold without CAP_NET_ADMIN. */
  receiveBufferBytes?: number;
  sendBufferBytes?: number;
}

export function openEthernet(options: EthernetOptions): EthernetDevice {
  const opened: KernelEthernetDevice[] = [];
  const open = (share: number): KernelEthernetDevice => {
    const device = openSocket(options, share);
    opened.push(device);
    return device;
  };
  try {
    return new SplitEthernetDevice({
      data: open(FrameShare.data),
      knownControl: open(FrameShare.knownControl),
      otherControl: open(FrameShare.otherControl),
    });
  } catch (error) {
    for (const device of opened) device.close();
    throw error;
  }
}

function openSocket(options: EthernetOptions, share: number): KernelEthernetDevice {
  const { name, offload = true, receiveBufferBytes = 0, sendBufferBytes = 0 } = options;
  const mac = new Uint8Array(6);
  return new KernelEthernetDevice(
    {
      open: (state) =>
        deviceAddon().openEthernet(
          { name, offload, receiveBufferBytes, sendBufferBytes, share },
          state,
          mac,
        ),
      context: { problem: `cannot open Ethernet interface ${name}`, name },
    },
    mac,
  );
}
