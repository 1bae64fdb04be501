/** The state of this machine's network in its kernel; a stand-in in tests. Asked each time, never remembered. */
import {
  findRoute,
  listAddresses,
  listLinks,
  type AddressInfo,
  type LinkInfo,
  type RouteInfo,
  type RouteQuery,
} from 'tuntap2';

export type Link = Pick<
  LinkInfo,
  'index' | 'name' | 'kind' | 'flags' | 'up' | 'carrier' | 'master' | 'lower'
>;

/** Each throws tuntap2's `SocketError` when the kernel does not answer. */
export interface KernelNetwork {
  links(): readonly Link[];
  addresses(): readonly AddressInfo[];
  /** Undefined when no packet could leave. */
  route(query: RouteQuery): RouteInfo | undefined;
}

export const kernelNetwork: KernelNetwork = {
  links: listLinks,
  addresses: listAddresses,
  route: findRoute,
};
