/**
 * An existing Ethernet interface through an AF_PACKET socket (packet(7)). The interface needs no address and no
 * IPv6 of the kernel's own; multicast is received (PACKET_MR_ALLMULTI), promiscuous mode is not used. VLAN-tagged
 * frames and our own outgoing ones are not seen.
 */
import type { EthernetDevice } from './device.ts';
import { KernelEthernetDevice } from './kernel-device.ts';
import { deviceAddon } from './native-devices.ts';
import { SplitEthernetDevice } from './split-ethernet-device.ts';

/** Data: IPv6 to an address that is neither multicast nor link-local. Control: all other frames. */
type FrameShare = 'data' | 'control';

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
  const data = openSocket(options, 'data');
  try {
    return new SplitEthernetDevice(data, openSocket(options, 'control'));
  } catch (error) {
    data.close();
    throw error;
  }
}

function openSocket(options: EthernetOptions, share: FrameShare): KernelEthernetDevice {
  const { name, offload = true, receiveBufferBytes = 0, sendBufferBytes = 0 } = options;
  const mac = new Uint8Array(6);
  return new KernelEthernetDevice(
    {
      open: (state) =>
        deviceAddon().openEthernet(
          { name, offload, receiveBufferBytes, sendBufferBytes, onlyControl: share === 'control' },
          state,
          mac,
        ),
      context: { problem: `cannot open Ethernet interface ${name}`, name },
    },
    mac,
  );
}
