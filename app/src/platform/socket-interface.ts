/** The USB interface over which a host lends its sockets: what the gadget describes and psockd moves data over. */
import type { Endpoint0Options } from 'usb-gadget';

/** Name of the function in configfs, and of its FunctionFS. */
export const functionName = 'psock';
export const functionFolder = '/dev/psock';

/** Hosts find the interface by these three numbers and the vendor's id. */
export const socketInterface = {
  class: 0xff,
  subclass: 0xab,
  protocol: 0,
  nameIndex: 1,
  strings: ['Socket Control Model (HSS)'],
  endpoints: [
    // Once a millisecond, not every fourth as in the C system: a plain host acknowledges a kilobyte per turn.
    { direction: 'in', transfer: 'interrupt', intervalMs: 1 },
    { direction: 'out', transfer: 'interrupt', intervalMs: 1 },
    { direction: 'in', transfer: 'bulk' },
    { direction: 'out', transfer: 'bulk' },
  ],
} as const satisfies Endpoint0Options;

/** Their files, in the order above. */
export const endpoint = { commandIn: 1, commandOut: 2, bulkIn: 3, bulkOut: 4 } as const;
