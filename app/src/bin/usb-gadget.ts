/** usb-gadget: makes this machine the USB device that a router card is. See `usb-gadget --help`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { endWhenIdle, runProgram } from '../platform/program-end.ts';
import { gadgetUnit } from '../programs/usb-gadget/gadget-unit.ts';
import { runGadget } from '../programs/usb-gadget/program.ts';
import { silenceLink } from '../programs/usb-gadget/silence-link.ts';
import { socketFunctionSystem } from '../programs/usb-gadget/socket-function.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

runProgram('usb-gadget', async ({ stdout, stderr }) => ({
  status: await runGadget({
    argv: process.argv.slice(2),
    stdout,
    stderr,
    signal: stop.signal,
    socketFunction: socketFunctionSystem(process.env),
    unit: gadgetUnit(process.env),
    silenceLink,
    pause: (milliseconds, signal) => sleep(milliseconds, undefined, signal && { signal }),
  }),
  kind: stop.signal.aborted ? 'stopped' : 'service',
  end: endWhenIdle,
}));
