/** Asks the kernel whether its clock is kept right by somebody, such as an NTP client (adjtimex(2), STA_UNSYNC). */
import { loadAddon } from './native.ts';

interface NativeClock {
  isClockSynchronized(): boolean | undefined;
}

/** Undefined when the kernel does not tell, as in a sandbox that protects the clock. */
export function isClockSynchronized(): boolean | undefined {
  return loadAddon<NativeClock>().isClockSynchronized();
}
