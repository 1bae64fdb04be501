/** CDC ECM: one Ethernet frame per USB transfer. Linux and macOS drive it; Windows has no driver for it. */
import { ethernetFunction, type EthernetOptions } from './ethernet.ts';
import type { GadgetFunction } from './gadget-function.ts';

export function ecm(instance: string, options: EthernetOptions): GadgetFunction {
  return ethernetFunction({ driver: 'ecm', instance }, options);
}
