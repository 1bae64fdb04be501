/**
 * CDC NCM: many Ethernet frames in one USB transfer. Linux, macOS and Windows 11 drive it out of the box. Windows 11
 * finds its driver by class, Windows 10 only by the compatible id WINNCM, which is therefore sent unless refused.
 */
import {
  microsoftProblems,
  microsoftSettings,
  type MicrosoftDescriptor,
} from '../microsoft-descriptor.ts';
import { ethernetFunction, type EthernetOptions } from './ethernet.ts';
import type { GadgetFunction } from './gadget-function.ts';

export interface NcmOptions extends EthernetOptions {
  /** Default compatible id WINNCM; `'none'` hides the function from Microsoft's descriptors. */
  microsoft?: MicrosoftDescriptor | 'none' | undefined;
}

export function ncm(instance: string, options: NcmOptions): GadgetFunction {
  const ethernet = ethernetFunction({ driver: 'ncm', instance }, options);
  const { microsoft = { compatibleId: 'WINNCM' } } = options;
  if (microsoft === 'none') return ethernet;
  return {
    ...ethernet,
    settings: [...ethernet.settings, ...microsoftSettings('ncm', microsoft)],
    hasMicrosoftDescriptor: true,
    problems: [
      ...ethernet.problems,
      ...microsoftProblems(microsoft).map((problem) => `ncm.${instance}: ${problem}`),
    ],
  };
}
