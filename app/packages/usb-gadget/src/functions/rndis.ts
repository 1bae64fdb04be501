/**
 * RNDIS: Microsoft's older Ethernet over USB, for Windows before 11. macOS does not drive it, and Linux is about to
 * drop it. The pair RNDIS/5162001 makes Windows load its RNDIS 6 driver.
 */
import { microsoftSettings } from '../microsoft-descriptor.ts';
import { attribute } from '../step.ts';
import { ethernetFunction, type EthernetOptions } from './ethernet.ts';
import type { GadgetFunction } from './gadget-function.ts';

export function rndis(instance: string, options: EthernetOptions): GadgetFunction {
  const ethernet = ethernetFunction({ driver: 'rndis', instance }, options);
  return {
    ...ethernet,
    settings: [
      ...ethernet.settings,
      // "RNDIS over Ethernet" (EF/04/01), by which Windows recognizes it. The kernel puts this into the association of
      // the two interfaces only; they keep the class by which Linux recognizes them. It reads exactly two hexadecimal
      // digits: with 0x in front it would take the 0 for the number.
      attribute('class', 'ef'),
      attribute('subclass', '04'),
      attribute('protocol', '01'),
      ...microsoftSettings('rndis', { compatibleId: 'RNDIS', subCompatibleId: '5162001' }),
    ],
    hasMicrosoftDescriptor: true,
  };
}
