/** CDC ACM: a serial line, /dev/ttyGS<n> on this side and /dev/ttyACM<n> (or a COM port) on the host's. */
import type { GadgetFunction } from './gadget-function.ts';

export function acm(instance: string): GadgetFunction {
  return {
    driver: 'acm',
    instance,
    settings: [],
    hasMicrosoftDescriptor: false,
    macs: [],
    problems: [],
  };
}
