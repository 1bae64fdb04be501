/** Opens the link that the configuration names. */
import { getLink, listAddresses, openEthernet, openTun, TuntapError } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { bytesEqual } from '../wire/bytes.ts';
import { parseIpv6 } from '../wire/ipv6-address.ts';
import type { Clock } from '../core/time.ts';
import { AddressGuard } from './address-guard.ts';
import { EthernetLink } from './ethernet-link.ts';
import { setInterfaceAddress, shortcomingOf, type InterfaceState } from './interface-address.ts';
import type { Link } from './link.ts';
import { TunLink } from './tun-link.ts';

export type LinkOptions =
  | { readonly type: 'ethernet'; readonly interfaceName: string }
  | {
      readonly type: 'tun';
      readonly interfaceName: string;
      /** Device node to open it through. */
      readonly node: string;
      /** iproute2's `ip` when this program is to set the address; undefined: another program does. */
      readonly addressWith: string | undefined;
    };

/**
 * Room for what a host sends at the speed of the cable during one turn of the service's event loop; net.core.rmem_max
 * may allow less.
 */
const dataBufferBytes = 4 * 1024 * 1024;

/** Throws the device library's TuntapError, whose message names the next step for the operator. */
export function openLink(options: LinkOptions, clock: Clock): Link {
  const name = options.interfaceName;
  if (options.type === 'ethernet') {
    return new EthernetLink(openEthernet({ name, fairQueue: true, dataBufferBytes }));
  }
  const device = openTun({ name, node: options.node, fairQueue: true });
  const ipPath = options.addressWith;
  if (ipPath === undefined) return new TunLink({ device });
  const state = kernelState(device.index);
  const guard = new AddressGuard({
    interfaceName: device.name,
    set: (wanted, signal) =>
      setInterfaceAddress({ ipPath, interfaceName: device.name, state }, wanted, signal),
    shortcoming: (address) => shortcomingOf(state, address),
    clock,
  });
  return new TunLink({ device, guard });
}

function kernelState(index: number): InterfaceState {
  return {
    hasAddress: (addressText) => {
      const wanted = parseIpv6(addressText);
      return asked(() => listAddresses()).some(
        ({ address, linkIndex }) =>
          linkIndex === index && wanted !== undefined && bytesEqual(address, wanted),
      );
    },
    link: () => asked(() => getLink(index)),
  };
}

/** No answer, for want of a descriptor perhaps, is one more reason why an address cannot be set now. */
function asked<T>(ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    if (!(cause instanceof TuntapError)) throw cause;
    const { message, errno, syscall } = cause;
    throw new EnvironmentError(message, { errno, syscall, cause });
  }
}
