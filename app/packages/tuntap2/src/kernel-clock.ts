/** Asks the kernel whether its clock is synchronized, by an NTP client for example (adjtimex(2), STA_UNSYNC). */
import { loadAddon } from './native.ts';

interface NativeClock {
  isClockSynchronized(): boolean | undefined;
}

/** Undefined when the kernel does not report it, as in a sandbox that protects the clock. */
export function isClockSynchronized(): boolean | undefined {
  return loadAddon<NativeClock>().isClockSynchronized();
}
