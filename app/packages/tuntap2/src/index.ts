/** TUN, TAP and raw Ethernet devices with batched I/O, and the sockets that Node.js lacks. */
export type { DeviceCounters, DeviceHandlers, EthernetDevice, PacketDevice } from './device.ts';
export * from './errors.ts';
export { openTun, openTap, type TunOptions, type TapOptions } from './tun.ts';
export { openEthernet, type EthernetOptions } from './ethernet.ts';
