/** What every function of a gadget is, whatever its kind: data only. */
import type { Step } from '../step.ts';

export interface GadgetFunction {
  /** The kernel's name for the kind, `"ncm"`; its module is `usb_f_<driver>`. */
  readonly driver: string;
  /** Distinguishes functions of one kind, `"usb0"`. */
  readonly instance: string;
  /** Relative to the function's own folder, in the order in which they must be done. */
  readonly settings: readonly Step[];
  /** True when Windows finds its driver through a Microsoft OS descriptor of this function. */
  readonly hasMicrosoftDescriptor: boolean;
  /** Both ends of an Ethernet function, in the form of `canonicalMac`. */
  readonly macs: readonly string[];
  /** What is wrong with it, each a sentence naming the function. */
  readonly problems: readonly string[];
}

export type FunctionIdentity = Pick<GadgetFunction, 'driver' | 'instance'>;

/** The name of the function's folder, and how messages call it. */
export function functionName(identity: FunctionIdentity): string {
  return `${identity.driver}.${identity.instance}`;
}
