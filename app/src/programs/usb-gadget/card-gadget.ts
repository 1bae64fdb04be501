/** The USB device that a router card is. Departures from the C system: docs/decisions/usb-function.md. */
import { acm, ecm, functionFs, ncm, rndis, type GadgetFunction, type GadgetSpec } from 'usb-gadget';
import type { CardIdentity } from './card-identity.ts';
import { functionName as socketFunction } from '../../platform/socket-interface.ts';
import { products, vendor } from './products.ts';
import type { EthernetKind, GadgetSettings } from './settings.ts';

/** Name of the card's gadget in configfs, the same as in the C system: an update finds and replaces the old one. */
export const gadgetName = 'g1';

const ethernet = { ncm, ecm, rndis } as const satisfies Record<EthernetKind, unknown>;

export function cardGadget(settings: GadgetSettings, identity: CardIdentity): GadgetSpec {
  const product = products[settings.product];
  const { hostMac, deviceMac } = identity;
  // The Ethernet link first, so that its interface numbers are the same with and without a console.
  const functions: GadgetFunction[] = [ethernet[settings.function]('usb0', { hostMac, deviceMac })];
  if (settings.psock) functions.push(functionFs(socketFunction));
  if (settings.console) functions.push(acm('GS0'));
  return {
    name: gadgetName,
    vendorId: vendor.id,
    productId: product.usbId,
    strings: { manufacturer: vendor.name, product: product.name, serialNumber: identity.serial },
    functions,
  };
}
