/**
 * FunctionFS: a function whose descriptors and endpoints belong to a process. The name is also the device to mount
 * (`mountFunctionFs`). Until descriptors were written to its ep0 (`openEndpoint0`) the gadget cannot be bound. When the
 * last open file of it is closed the kernel unbinds the whole gadget, at once or, if it was mounted so, when a process
 * opens ep0 again.
 */
import type { GadgetFunction } from './gadget-function.ts';

export function functionFs(instance: string): GadgetFunction {
  return {
    driver: 'ffs',
    instance,
    settings: [],
    hasMicrosoftDescriptor: false,
    macs: [],
    problems: [],
  };
}
