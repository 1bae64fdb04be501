/** usb-gadget: makes this machine the USB device that a router card is. See `usb-gadget --help`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tolerateLostReader } from '../service/cli/lost-reader.ts';
import { gadgetUnit } from '../service/gadget/gadget-unit.ts';
import { runGadget } from '../service/gadget/program.ts';
import { silenceLink } from '../service/gadget/silence-link.ts';
import { socketFunctionSystem } from '../service/gadget/socket-function.ts';

tolerateLostReader(process.stdout);
tolerateLostReader(process.stderr);

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

void runGadget({
  argv: process.argv.slice(2),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: stop.signal,
  socketFunction: socketFunctionSystem(process.env),
  unit: gadgetUnit(process.env),
  silenceLink,
  pause: (milliseconds, signal) => sleep(milliseconds, undefined, signal && { signal }),
}).then((status) => (process.exitCode = status));
