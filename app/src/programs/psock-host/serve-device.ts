/** Serves one card until it goes or something fails. */
import { DeviceError, HostUsbDriver, loadUsb, PsockUsbDevice, type FoundDevice } from 'psock-host';
import type { TranslationPrefix } from './embedded-ipv4.ts';
import { SocketLender } from './lender.ts';
import { NetworkWatch } from './network-watch.ts';
import type { Rule } from './policy.ts';
import type { Report } from './report.ts';

export interface ServeOptions {
  readonly rules: readonly Rule[];
  readonly translationPrefixes?: readonly TranslationPrefix[];
  readonly maxSockets: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Resolves when stopped or when the card was unplugged; rejects with a DeviceError. */
export async function serveDevice(found: FoundDevice, options: ServeOptions): Promise<void> {
  const { rules, translationPrefixes = [], maxSockets, report, signal } = options;
  let fail: (error: DeviceError) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // Awaited below.
  failed.catch(() => undefined);
  const port = new PsockUsbDevice(await loadUsb(), found, (error) => fail(error));
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
  const watch = new NetworkWatch({ look: () => lender.networkChanged() });
  try {
    watch.start();
    const told = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await Promise.race([driver.start(), failed]);
    if (!signal.aborted) await Promise.race([failed, told]);
  } catch (error) {
    if (!(error instanceof DeviceError) || error.code !== 'GONE') throw error;
  } finally {
    watch.close();
    await driver.close();
  }
}
