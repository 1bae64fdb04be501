/** usb-gadget: makes this machine the USB device that a router card is. See `usb-gadget --help`. */
import { milliseconds } from '../core/time.ts';
import { pause } from '../platform/pause.ts';
import { endWhenIdle } from '../platform/program-end.ts';
import { startProgram } from '../platform/program.ts';
import { gadgetUnit } from '../programs/usb-gadget/gadget-unit.ts';
import { runGadget } from '../programs/usb-gadget/program.ts';
import { silenceLink } from '../programs/usb-gadget/silence-link.ts';
import { socketFunctionSystem } from '../programs/usb-gadget/socket-function.ts';

startProgram('usb-gadget', (context) => {
  context.serve(endWhenIdle);
  return runGadget({
    ...context,
    socketFunction: socketFunctionSystem(process.env),
    unit: gadgetUnit(process.env),
    silenceLink,
    pause: async (wait, signal) => {
      await pause(milliseconds(wait), signal);
      signal?.throwIfAborted();
    },
  });
});
