/** Gadgets that the tests make. */
import { acm, functionFs, ncm, rndis, type GadgetSpec } from '../src/index.ts';

export const macs = { hostMac: '02:00:00:00:00:01', deviceMac: '02:00:00:00:00:02' };

/** One Ethernet function, and overrides. */
export function simpleGadget(overrides: Partial<GadgetSpec> = {}): GadgetSpec {
  return {
    name: 'g1',
    vendorId: 0x2fe0,
    productId: 0x8b01,
    strings: { manufacturer: 'Maker', product: 'Thing', serialNumber: 'SN-1' },
    functions: [ncm('usb0', macs)],
    ...overrides,
  };
}

/** Every kind of setting that there is. */
export function richGadget(): GadgetSpec {
  return simpleGadget({
    deviceVersion: 0x0102,
    isSelfPowered: true,
    maxPowerMilliamps: 100,
    functions: [
      ncm('usb0', {
        ...macs,
        queueMultiplier: 10,
        interfacePattern: 'card%d',
        microsoft: {
          compatibleId: 'WINNCM',
          properties: [{ name: 'Label', type: 'string', value: 'a card' }],
        },
      }),
      rndis('usb1', { hostMac: '02:00:00:00:00:03', deviceMac: '02:00:00:00:00:04' }),
      acm('GS0'),
      functionFs('sock'),
    ],
  });
}
