/**
 * Runs the tunnel service: opens the link, serves the host, keeps the tunnel up, and reports to systemd.
 *
 * Ready means: the link is open and the first attempt to load an identity is over, so that with an identity the
 * address is in place. Neither the tunnel nor the identity itself is a condition: both are waited for without end, and
 * a start that waits with them would time out on a machine that is only offline. STATUS= says which is missing.
 */
import { TuntapError } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import type { Link } from '../link/link.ts';
import { openLink, type LinkOptions } from '../link/open-link.ts';
import { RouteMonitor, type RouteMonitorHandlers } from '../netmon/route-monitor.ts';
import { chunkReleaser } from '../uplink/chunk-memory.ts';
import { AddressMemory } from '../uplink/search/address-memory.ts';
import { AddressPublisher } from './address-publisher.ts';
import { buildCredentials } from './credentials/build-credentials.ts';
import { HostAttachment } from './host-attachment.ts';
import { formatConfigWarning } from '../config/config-warning.ts';
import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/build-config.ts';
import { rowOf } from '../config/schema.ts';
import { connectToServer } from './session/connect.ts';
import { DeadlineTimer, systemClock } from '../platform/deadline-timer.ts';
import { NodeTls } from './session/handshake.ts';
import { askMachine } from './session/hello-machine.ts';
import type { Logger } from '../platform/log.ts';
import { Reloader } from './reload/reloader.ts';
import { RunningConfig } from './reload/running-config.ts';
import { statusLine } from '../status/status-line.ts';
import { StatusReporter } from './status-reporter.ts';
import { readStorage } from '../status/storage.ts';
import { isSystemStopping } from '../platform/system-stopping.ts';
import { SystemdNotify } from '../platform/systemd-notify.ts';
import { TimeOfDay } from './time-of-day.ts';
import { TlsChoice } from './session/tls-choice.ts';
import { buildTransports, watchTransports } from './session/transports.ts';
import { TunnelSupervisor } from './session/tunnel-supervisor.ts';
import type { TunnelState } from '../tunnel/tunnel-state.ts';

export interface ServiceOptions {
  readonly loaded: LoadedConfig;
  /** Reads the configuration again. Throws ConfigError. */
  readonly load: () => LoadedConfig;
  /** Calls back whenever a reload is asked for. */
  readonly onReload: (listener: () => void) => void;
  readonly log: Logger;
  /** Aborted: end within a second. */
  readonly signal: AbortSignal;
}

/** Resolves with the exit status: 0 after `signal`, 1 when the link cannot be opened or has failed. */
export async function runService(options: ServiceOptions): Promise<number> {
  const { loaded, log, signal } = options;
  for (const warning of loaded.warnings)
    log.warning('config-warning', formatConfigWarning(warning));
  const notify = new SystemdNotify(process.env, process.pid);
  try {
    const link = openLink(linkOptions(loaded.config), systemClock);
    return await serve(link, notify, options);
  } catch (error) {
    if (!isExpected(error)) throw error;
    log.error('link-failed', error.message);
    notify.status(`${error.message} [link-failed]`);
    return 1;
  } finally {
    if (signal.aborted) notify.stopping();
    notify.close();
  }
}

async function serve(link: Link, notify: SystemdNotify, options: ServiceOptions): Promise<number> {
  const { log, signal } = options;
  const clock = systemClock;
  const random = Math.random;
  const timer = new DeadlineTimer(clock);
  const stop = new AbortController();
  let failure: Error | undefined;
  const onFailure = (error: Error): void => {
    failure = error;
    stop.abort();
  };
  const running = new RunningConfig(options.loaded);
  const config = (): Config => running.current;
  const attachment = new HostAttachment({
    config,
    link,
    clock,
    timer,
    log,
    onFailure,
    onLinkProblem: () => notify.status(statusLine(supervisor.state, config(), link.problem)),
  });
  const addressFile = new AddressPublisher(() => config().identity.ipFile, log);
  const timeOfDay = new TimeOfDay(() => config().identity.certFile, log);
  const machine = askMachine();
  const tls = new TlsChoice({ node: new NodeTls(chunkReleaser()), log });
  const memory = new AddressMemory();
  let transports = buildTransports(config(), clock, random);
  const credentials = buildCredentials({ config, transports: () => transports, clock, log });
  let unwatch = (): void => undefined;
  const supervisor = new TunnelSupervisor({
    heartbeat: () => ({
      period: config().remote.heartbeatPeriod,
      timeout: config().remote.heartbeatTimeout,
    }),
    clock,
    timer,
    log,
    loadIdentity: (request) => credentials().load(request),
    onAccepted: () => credentials().accepted(),
    prepare: async (identity, preparing) => {
      const dataPath = await attachment.use(identity, preparing);
      await addressFile.publish(identity.addressText);
      return dataPath;
    },
    connect: (request) =>
      connectToServer({
        ...{ ...request, remote: config().remote, transports, memory },
        ...{ clock: timeOfDay, timing: clock, machine, tls: tls.clientFor(config().remote.tls) },
      }),
    onServerProved: ({ transport, host, address }, isUseful) => {
      if (isUseful) memory.answered({ name: transport }, host, address);
      else memory.ofNoUse({ name: transport }, { host, address }, config().remote.hosts);
    },
    probeRoute: ({ rank, address, port }) =>
      transports[rank]?.localAddressTowards({ address, port }),
    onState: (state) => {
      const line = statusLine(state, config(), link.problem);
      if (state.phase === 'stopped') notify.status(line);
      else notify.state(line);
    },
    random,
  });
  const watch = (): void => {
    unwatch();
    unwatch = watchTransports(
      transports,
      (name) => {
        credentials().networkChanged(name);
        supervisor.transportUsable(name);
      },
      (name) => supervisor.transportMoved(name),
    );
  };
  const reloader = new Reloader({
    running,
    load: options.load,
    reloadIdentity: () => credentials().reload(),
    onConfig: (changed) => {
      transports = buildTransports(config(), clock, random);
      watch();
      if (changed.some((name) => rowOf(name).concerns === 'host')) attachment.reconfigure();
    },
    onChange: () => supervisor.reload(),
    onSame: () => supervisor.searchAgain('a reload was requested'),
    log,
    clock,
  });
  options.onReload(() => {
    notify.whileReloading(() => reloader.reload()).catch(onFailure);
  });
  const handlers: RouteMonitorHandlers = {
    carrierChanged: (hasCarrier) => {
      attachment.carrierChanged(hasCarrier);
      // A host was plugged in, and may lend its sockets.
      if (hasCarrier) supervisor.retryNow();
    },
    macChanged: (mac) => attachment.macChanged(mac),
    linkChanged: () => {
      attachment.linkChanged();
      if (supervisor.state.phase === 'not-ready') supervisor.retryNow();
    },
    routesChanged: () => {
      for (const transport of transports) transport.networkChanged();
      credentials().networkChanged();
      supervisor.routesChanged();
    },
    failed: (error) => log.warning('kernel-watch-failed', `${error.message}; watching again`),
  };
  const monitor = new RouteMonitor(link.device.index, handlers, { clock, random });
  const environment = process.env;
  const tunnel = (): TunnelState => supervisor.state;
  const status = new StatusReporter({
    config,
    tunnel,
    link,
    attachment,
    storage: readStorage,
    clock,
    log,
    environment,
  });
  const stopWatchdog = notify.startWatchdog();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    monitor.start();
    watch();
    status.open().then(undefined, onFailure);
    await supervisor.run(stop.signal);
    if (failure === undefined) return 0;
    log.error('link-failed', `${failure.message}; the service ends`);
    return 1;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopWatchdog();
    monitor.close();
    unwatch();
    status.close();
    if (signal.aborted && isSystemStopping()) attachment.withdraw();
    attachment.close();
    timer.close();
  }
}

function linkOptions(config: Config): LinkOptions {
  const { tun, link } = config;
  if (link.type === 'ethernet') return { type: 'ethernet', interfaceName: link.dev };
  return {
    type: 'tun',
    interfaceName: link.dev,
    node: tun.devNode,
    addressWith: tun.ipSet ? tun.ipPath : undefined,
  };
}

function isExpected(error: unknown): error is Error {
  return error instanceof EnvironmentError || error instanceof TuntapError;
}
