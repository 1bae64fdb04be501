/**
 * Runs the tunnel service: opens the link, serves the host, keeps the tunnel up, and tells systemd how it goes.
 *
 * Ready means: the link is open and the first attempt to load an identity is over, so that with an identity the
 * address is in place. The tunnel is no condition, nor is the identity itself: both are waited for without end, and a
 * start that waits with them would time out on a machine that is only offline. STATUS= says which is missing.
 */
import { probeRoute, TuntapError } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { loadIdentity } from '../identity/files.ts';
import type { Identity } from '../identity/identity.ts';
import type { Link } from '../link/link.ts';
import { openLink, type LinkOptions } from '../link/open-link.ts';
import { RouteMonitor } from '../netmon/route-monitor.ts';
import { AddressPublisher } from './address-publisher.ts';
import { Attachment } from './attachment.ts';
import { formatConfigWarning, type ConfigWarning } from './config/config-warning.ts';
import type { Config } from './config/config.ts';
import { connectToServer } from './connect.ts';
import { DeadlineTimer, systemClock } from './deadline-timer.ts';
import { expiryWarning } from './expiry-warning.ts';
import type { Logger } from './log.ts';
import { isSystemStopping } from './system-stopping.ts';
import { SystemdNotify } from './systemd-notify.ts';
import { TunnelKeeper } from './tunnel-keeper.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly warnings: readonly ConfigWarning[];
  readonly log: Logger;
  /** Aborted: end within a second. */
  readonly signal: AbortSignal;
}

/** Resolves with the exit status: 0 after `signal`, 1 when the link cannot be opened or has failed. */
export async function runService(options: ServiceOptions): Promise<number> {
  const { config, warnings, log, signal } = options;
  for (const warning of warnings) log.warning(formatConfigWarning(warning));
  const notify = new SystemdNotify(process.env, process.pid);
  try {
    const link = openLink(linkOptions(config));
    return await serve(link, notify, options);
  } catch (error) {
    if (!isExpected(error)) throw error;
    log.error(error.message);
    notify.status(error.message);
    return 1;
  } finally {
    if (signal.aborted) notify.stopping();
    notify.close();
  }
}

async function serve(link: Link, notify: SystemdNotify, options: ServiceOptions): Promise<number> {
  const { config, log, signal } = options;
  const clock = systemClock;
  const timer = new DeadlineTimer(clock);
  const stop = new AbortController();
  let failure: Error | undefined;
  const onFailure = (error: Error): void => {
    failure = error;
    stop.abort();
  };
  const attachment = new Attachment({ config, link, clock, timer, log, onFailure });
  const addressFile = new AddressPublisher(config.identity.ipFile, log);
  let isReady = false;
  const keeper = new TunnelKeeper({
    hosts: config.remote.hosts,
    heartbeat: {
      period: config.remote.heartbeatPeriod,
      timeout: config.remote.heartbeatTimeout,
    },
    clock,
    timer,
    log,
    loadIdentity: () => loadOwnIdentity(config, log),
    prepare: async (identity) => {
      const dataPath = await attachment.use(identity);
      await addressFile.publish(identity.addressText);
      return dataPath;
    },
    connect: (identity, aborted) => connectToServer(config, identity, aborted),
    probeRoute: (server) =>
      probeRoute({ ...server, mark: Math.max(0, config.route.fwmark) }).localAddress,
    onStatus: (status) => {
      if (isReady) notify.status(status);
      else notify.ready(status);
      isReady = true;
    },
    random: Math.random,
  });
  const monitor = new RouteMonitor(link.device.index, {
    carrierChanged: (hasCarrier) => attachment.carrierChanged(hasCarrier),
    routesChanged: () => keeper.routesChanged(),
    failed: (error) =>
      log.error(`${error.message}; changes of routes and cables will not be noticed`),
  });
  const watchdog = startWatchdog(notify);
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    monitor.start();
    log.info(`serving the host on ${link.device.name}`);
    await keeper.run(stop.signal);
    if (failure === undefined) return 0;
    log.error(`${failure.message}; the service ends`);
    return 1;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(watchdog);
    monitor.close();
    if (signal.aborted && isSystemStopping()) attachment.withdraw();
    attachment.close();
    timer.close();
  }
}

async function loadOwnIdentity(config: Config, log: Logger): Promise<Identity> {
  const { certFile, keyFile } = config.identity;
  const files = { caCertFile: config.remote.caCertFile, certFile, keyFile };
  const identity = await loadIdentity(files, { warn: (message) => log.warning(message) });
  const warning = expiryWarning(certFile ?? '', identity.notAfter, new Date());
  if (warning !== undefined) log.warning(warning);
  return identity;
}

function linkOptions(config: Config): LinkOptions {
  const { tun, link } = config;
  if (link.type === 'ethernet') return { type: 'ethernet', interfaceName: link.dev };
  return {
    type: 'tun',
    interfaceName: link.dev,
    node: tun.devNode,
    addressWith: tun.setAddress ? tun.ipPath : undefined,
  };
}

/** Calls from the event loop: one that hangs is a service that hangs. */
function startWatchdog(notify: SystemdNotify): NodeJS.Timeout | undefined {
  if (notify.watchdogInterval === undefined) return undefined;
  return setInterval(() => notify.watchdog(), notify.watchdogInterval);
}

function isExpected(error: unknown): error is Error {
  return error instanceof EnvironmentError || error instanceof TuntapError;
}
