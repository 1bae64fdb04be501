/**
 * Keeps what outlives a tunnel: the link, its carrier, and the data path of the current identity. The host thus keeps
 * its address, its routes and the answers of its router. A new address replaces the data path.
 */
import { GivenUpError } from '../core/attempt.ts';
import { includesRoute } from '../router/advertisement-content.ts';
import { Router, type RouterOptions } from '../router/router.ts';
import type { RoutePrefix } from '../router/route-prefix.ts';
import { duidFile, ServerDuid } from '../identity/duid-file.ts';
import type { Identity } from '../identity/identity.ts';
import type { Link } from '../link/link.ts';
import { bytesEqual } from '../wire/bytes.ts';
import { formatIpv6 } from '../wire/ipv6-address.ts';
import { formatMac } from '../wire/mac-address.ts';
import type { Config } from '../config/config.ts';
import type { Written } from '../config/setting-kind.ts';
import { DataPath } from './packets/data-path.ts';
import type { Clock } from '../core/time.ts';
import type { DeadlineTimer } from '../platform/deadline-timer.ts';
import type { Logger } from '../platform/log.ts';
import type { TrafficStatus } from '../status/status-document.ts';
import { TrafficRecord } from './packets/traffic.ts';

export interface HostAttachmentOptions {
  /** Asked when a data path is made: a reload changes it. */
  readonly config: () => Config;
  readonly link: Link;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  readonly log: Logger;
  /** `link.problem` may have changed. */
  readonly onLinkProblem: () => void;
  /** The device failed and has stopped. */
  readonly onFailure: (error: Error) => void;
}

/** More than one only when it changes twice within the lifetime of a lease. */
const maxFormerAddresses = 4;
/** A third of what fits into an advertisement. */
const maxFormerRoutes = 16;

export class HostAttachment {
  readonly #options: HostAttachmentOptions;
  readonly #duid: ServerDuid;
  readonly #traffic = new TrafficRecord();
  #address: Uint8Array | undefined;
  /** Newest first: hosts may still have them. */
  #formerAddresses: readonly Uint8Array[] = [];
  #routes: readonly RoutePrefix[] = [];
  /** Newest first: hosts may still have them. */
  #formerRoutes: readonly RoutePrefix[] = [];
  #dataPath: DataPath | undefined;
  #hasCarrier = false;
  /** Of the configuration: the newest, and the one from which the data path was made. */
  #revision = 0;
  #servedRevision = 0;
  #isStarted = false;
  #isClosed = false;

  constructor(options: HostAttachmentOptions) {
    this.#options = options;
    this.#duid = new ServerDuid((code, message) => options.log.warning(code, message));
    options.link.listen({ problemChanged: (problem) => this.#problemChanged(problem) });
  }

  /** The configuration of the router is another one: the next `use` serves the host accordingly. */
  reconfigure(): void {
    this.#revision++;
  }

  /** The data path for this identity's address; the host is served from now on. Changes nothing once it is given up. */
  async use(identity: Identity, signal: AbortSignal): Promise<DataPath> {
    const { link } = this.#options;
    await link.setAddress(identity.addressText, signal);
    signal.throwIfAborted();
    const kept = this.#dataPathFor(identity.address);
    if (kept !== undefined) return kept;
    const revision = this.#revision;
    const formerAddresses = this.#addressesBefore(identity.address);
    const routes = valuesOf(this.#options.config().route.prefixes);
    const formerRoutes = this.#routesBefore(routes);
    const router = await this.#routerFor(identity, { formerAddresses, routes, formerRoutes });
    signal.throwIfAborted();
    if (this.#isClosed) throw new GivenUpError();
    this.#endDataPath();
    if (this.#address !== undefined && !bytesEqual(this.#address, identity.address)) {
      this.#logChange(this.#address, identity);
    }
    this.#servedRevision = revision;
    this.#address = identity.address;
    this.#formerAddresses = formerAddresses;
    this.#routes = routes;
    this.#formerRoutes = formerRoutes;
    this.#dataPath = new DataPath({
      ...this.#options,
      router,
      address: identity.address,
      allowIpv4: this.#options.config().route.allowIpv4,
    });
    if (this.#hasCarrier) this.#dataPath.routerPort.carrierChanged(true);
    this.#start();
    return this.#dataPath;
  }

  /** The link has a carrier: a host is connected. */
  get hasCarrier(): boolean {
    return this.#hasCarrier;
  }

  /** What went through since the first identity; null before. */
  get traffic(): TrafficStatus | null {
    if (this.#dataPath === undefined) return null;
    return this.#traffic.traffic(this.#options.link.device.counters, this.#dataPath);
  }

  carrierChanged(hasCarrier: boolean): void {
    const { log, link } = this.#options;
    // One topic: of a cable that flaps, the last line is how it is.
    const { name } = link.device;
    const topic = `${name}: carrier`;
    if (hasCarrier) log.info('link-connected', `${name}: connected`, topic);
    else log.info('link-disconnected', `${name}: not connected`, topic);
    this.#hasCarrier = hasCarrier;
    this.#dataPath?.routerPort.carrierChanged(hasCarrier);
  }

  /** The link's interface has this MAC address, which may be another one than before. */
  macChanged(mac: Uint8Array): void {
    const { log, link } = this.#options;
    if (link.mac === undefined || bytesEqual(link.mac, mac)) return;
    log.info('link-mac-changed', `${link.device.name}: the MAC address is now ${formatMac(mac)}`);
    link.setMac(mac);
    this.#dataPath?.routerPort.macChanged(mac);
  }

  /** The kernel reports that something about the link's interface is different. */
  linkChanged(): void {
    this.#options.link.interfaceChanged();
  }

  /** The system shuts down, and not only this service: the router is withdrawn from the host. */
  withdraw(): void {
    if (this.#hasCarrier) this.#dataPath?.routerPort.withdraw();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#dataPath?.close();
    this.#options.link.close();
  }

  /** The one in use, where it is right for this address. */
  #dataPathFor(address: Uint8Array): DataPath | undefined {
    const isSame = this.#address !== undefined && bytesEqual(this.#address, address);
    return isSame && this.#servedRevision === this.#revision ? this.#dataPath : undefined;
  }

  /** Another one is about to take its place. */
  #endDataPath(): void {
    if (this.#dataPath === undefined) return;
    this.#dataPath.close();
    this.#traffic.ended(this.#dataPath);
  }

  /** Only from the first identity on: before, there is nothing to say to the host. */
  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#options.link.device.start({
      onReadable: () => this.#dataPath?.readable(),
      onWritable: () => this.#dataPath?.writable(),
      onError: (error) => this.#options.onFailure(error),
    });
    this.#options.log.info('serving-host', `serving the host on ${this.#options.link.device.name}`);
  }

  /** All addresses so far but this one, the newest of them. */
  #addressesBefore(address: Uint8Array): readonly Uint8Array[] {
    const current = this.#address === undefined ? [] : [this.#address];
    return [...current, ...this.#formerAddresses]
      .filter((former) => !bytesEqual(former, address))
      .slice(0, maxFormerAddresses);
  }

  /** All routes so far but these. */
  #routesBefore(routes: readonly RoutePrefix[]): readonly RoutePrefix[] {
    const former: RoutePrefix[] = [];
    for (const route of [...this.#routes, ...this.#formerRoutes]) {
      if (!includesRoute([...routes, ...former], route)) former.push(route);
    }
    return former.slice(0, maxFormerRoutes);
  }

  #problemChanged(problem: string | undefined): void {
    const { log, link, onLinkProblem } = this.#options;
    const { name } = link.device;
    if (problem !== undefined) log.warning('link-problem', problem);
    else log.info('link-restored', `${name} is up, with its address and its MTU`);
    onLinkProblem();
  }

  #logChange(former: Uint8Array, { addressText }: Identity): void {
    this.#options.log.info(
      'address-changed',
      `the address is now ${addressText}, before it was ${formatIpv6(former)}: ` +
        'a host with the old address gets the new one when it renews its lease or is plugged in again',
    );
  }

  async #routerFor(
    identity: Identity,
    announced: Pick<RouterOptions, 'formerAddresses' | 'routes' | 'formerRoutes'>,
  ): Promise<Router> {
    const { link, log } = this.#options;
    const config = this.#options.config();
    const { certFile } = config.identity;
    const duid = await this.#duid.load(duidFile(certFile ?? config.file));
    const router = new Router({
      address: identity.address,
      ...announced,
      mac: link.mac,
      announcedMac: config.tun.lladdr,
      raPeriod: config.route.raPeriod,
      duid,
      dnsServers: valuesOf(config.route.dnsServers),
      dnsSearch: config.route.dnsSearch,
      hostMac: config.link.hostMac,
      presentHost: this.#hasCarrier ? this.#dataPath?.routerPort.host : undefined,
      random: Math.random,
    });
    for (const warning of router.warnings) log.warning('announcement-limited', warning);
    return router;
  }
}

function valuesOf<T>(written: readonly Written<T>[]): T[] {
  return written.map(({ value }) => value);
}
