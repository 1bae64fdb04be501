/** Serves one card until it goes or something fails. */
import {
  DeviceError,
  HostUsbDriver,
  loadUsb,
  PsockUsbDevice,
  type DevicePort,
  type FoundDevice,
} from 'psock-host';
import type { TranslationPrefix } from './embedded-ipv4.ts';
import { SocketLender } from './lender.ts';
import { NetworkWatch, type NetworkWatchOptions } from './network-watch.ts';
import type { Rule } from './policy.ts';
import type { Report } from './report.ts';

export interface ServeOptions {
  readonly rules: readonly Rule[];
  readonly translationPrefixes?: readonly TranslationPrefix[];
  readonly maxSockets: number;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** The card's endpoints; `fail` is for what happens outside of a call. */
  readonly openPort?: (
    found: FoundDevice,
    fail: (error: DeviceError) => void,
  ) => Promise<DevicePort>;
  /** Of this machine's network. */
  readonly openWatch?: (options: NetworkWatchOptions) => Pick<NetworkWatch, 'start' | 'close'>;
}

/** Resolves when stopped or when the card was unplugged; rejects with a DeviceError. */
export async function serveDevice(found: FoundDevice, options: ServeOptions): Promise<void> {
  const { rules, translationPrefixes = [], maxSockets, report, signal } = options;
  const { openPort = openUsbPort, openWatch = (parts) => new NetworkWatch(parts) } = options;
  let fail: (error: DeviceError) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // Awaited below.
  failed.catch(() => undefined);
  const port = await openPort(found, (error) => fail(error));
  const lender = new SocketLender({
    rules,
    translationPrefixes,
    maxSockets,
    report,
    deviceInterfaces: () => port.networkInterfaces(),
    onMoved: () => driver.tellMoved(),
  });
  const driver = new HostUsbDriver({
    port,
    maxSockets,
    onSession: (isWindowed) =>
      report({ event: 'card', card: port.name, mode: isWindowed ? 'windowed' : 'plain' }),
    onFailure: (error) => fail(error),
    onConnect: (to, answer) => lender.connect(to, answer),
  });
  const watch = openWatch({ look: () => lender.networkChanged() });
  let onAbort = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (onAbort = resolve));
  // Taken back below: a program lives longer than the cards that it serves one after the other.
  signal.addEventListener('abort', onAbort);
  try {
    watch.start();
    await Promise.race([driver.start(), failed]);
    if (!signal.aborted) await Promise.race([failed, stopped]);
  } catch (error) {
    if (!(error instanceof DeviceError) || error.code !== 'GONE') throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    watch.close();
    await driver.close();
  }
}

async function openUsbPort(
  found: FoundDevice,
  fail: (error: DeviceError) => void,
): Promise<DevicePort> {
  return new PsockUsbDevice(await loadUsb(), found, fail);
}
