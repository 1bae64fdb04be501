/** Opens the link that the configuration names. */
import { openEthernet, openTun } from 'tuntap2';
import { EthernetLink } from './ethernet-link.ts';
import { setInterfaceAddress } from './interface-address.ts';
import type { Link } from './link.ts';
import { TunLink } from './tun-link.ts';

export type LinkOptions =
  | { readonly type: 'ethernet'; readonly interfaceName: string }
  | {
      readonly type: 'tun';
      readonly interfaceName: string;
      /** Device node to open it through. */
      readonly node: string;
      /** iproute2's `ip` when this program is to set the address; undefined: somebody else does. */
      readonly addressWith: string | undefined;
    };

/** Throws the device library's TuntapError, whose message tells the operator what to do. */
export function openLink(options: LinkOptions): Link {
  const name = options.interfaceName;
  if (options.type === 'ethernet') return new EthernetLink(openEthernet({ name }));
  const device = openTun({ name, node: options.node });
  const ipPath = options.addressWith;
  if (ipPath === undefined) return new TunLink({ device });
  return new TunLink({
    device,
    setAddress: (address, previous, signal) =>
      setInterfaceAddress({ ipPath, interfaceName: device.name, address, previous, signal }),
  });
}
