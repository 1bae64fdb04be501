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
  /** Sort waiting packets by flow (see `PacketDevice.readBatch`); false unless given. */
  fairQueue?: boolean;
  /** Socket buffers; the kernel's limits (net.core.[rw]mem_max) hold without CAP_NET_ADMIN. */
  receiveBufferBytes?: number;
  /** The receive buffer of the socket for data; `receiveBufferBytes` unless given. */
  dataBufferBytes?: number;
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
  const { name, offload = true, sendBufferBytes = 0, receiveBufferBytes: bytes = 0 } = options;
  const isData = share === FrameShare.data;
  const receiveBufferBytes = isData ? (options.dataBufferBytes ?? bytes) : bytes;
  const fairQueue = isData && (options.fairQueue ?? false);
  const mac = new Uint8Array(6);
  return new KernelEthernetDevice(
    {
      open: (state) =>
        deviceAddon().openEthernet(
          { name, offload, fairQueue, receiveBufferBytes, sendBufferBytes, share },
          state,
          mac,
        ),
      context: { problem: `cannot open Ethernet interface ${name}`, name },
    },
    mac,
  );
}
