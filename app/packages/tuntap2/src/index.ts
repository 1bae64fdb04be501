/** TUN, TAP and raw Ethernet devices with batched I/O, and the sockets that Node.js lacks. */
export type { DeviceCounters, DeviceHandlers, EthernetDevice, PacketDevice } from './device.ts';
export * from './errors.ts';
export { openTun, openTap, type TunOptions, type TapOptions } from './tun.ts';
export { openEthernet, type EthernetOptions } from './ethernet.ts';
export { connectTcp, type ConnectTcpOptions, type TcpKeepAlive } from './tcp.ts';
export { connectUdp, type ConnectUdpOptions } from './udp.ts';
export {
  connectHss,
  defaultHssFamily,
  hssProblem,
  type ConnectHssOptions,
  type HssSocket,
} from './hss-socket.ts';
export { probeRoute, type RouteProbeOptions, type RouteProbeResult } from './route-probe.ts';
export {
  RouteGroup,
  RouteNetlink,
  type RouteNetlinkHandlers,
  type RouteNetlinkOptions,
} from './netlink.ts';
export { findRoute, getLink, listAddresses, listLinks } from './kernel-network.ts';
export { parseRouteMessages, type RouteEvent } from './rtnetlink-messages.ts';
export type { AddressInfo } from './rtnetlink-addresses.ts';
export type { LinkInfo } from './rtnetlink-links.ts';
export type { RouteInfo, RouteQuery, RouteType } from './rtnetlink-routes.ts';
export {
  maxPassedFds,
  UnixDatagram,
  type DatagramHandlers,
  type DatagramMessage,
  type SendOptions,
} from './unix-datagram.ts';
export { endProcess } from './end-process.ts';
export { tryLock } from './file-lock.ts';
export { isClockSynchronized } from './kernel-clock.ts';
