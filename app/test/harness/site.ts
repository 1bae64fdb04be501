/** A whole installation for a test: network, ENF, card and a host, opened and closed as one. */
import { startCard, writeCardConfig, type CardOptions } from './card.ts';
import { makeCredentials, type Credentials } from './credentials.ts';
import { startEnf, type EnfOptions } from './enf.ts';
import { defaultRoute, globalAddresses } from './host-client.ts';
import type { Namespace } from './namespace.ts';
import { CommandFailed, type Program } from './process.ts';
import {
  hostInterface,
  Network,
  serviceAddress,
  tunName,
  tunnelAddress,
  type NetworkOptions,
} from './topology.ts';
import { until } from './until.ts';

export interface SiteOptions extends CardOptions, NetworkOptions, EnfOptions {
  /** The host's address: put on its interface at once (default), or left to a DHCPv6 client. */
  readonly address?: 'static' | 'dhcp';
}

/** A host that wastes no time: no duplicate address detection, router solicitations at once. */
const hastyHost = {
  [`ipv6/conf/${hostInterface}/accept_dad`]: 0,
  [`ipv6/conf/${hostInterface}/router_solicitation_delay`]: 0,
  [`ipv6/conf/${hostInterface}/accept_ra_rt_info_max_plen`]: 128,
};

let credentials: Promise<Credentials> | undefined;

export class Site {
  readonly options: SiteOptions;
  readonly network: Network;
  readonly configFile: string;
  readonly #credentials: Credentials;
  enfServer: Program;
  enftun: Program;
  readonly #companions: Program[] = [];

  private constructor(
    options: SiteOptions,
    network: Network,
    keys: Credentials,
    configFile: string,
    router: Program,
    client: Program,
  ) {
    this.options = options;
    this.network = network;
    this.#credentials = keys;
    this.configFile = configFile;
    this.enfServer = router;
    this.enftun = client;
  }

  /** Starts everything; the host is online only after `untilOnline`. */
  static async open(options: SiteOptions): Promise<Site> {
    credentials ??= makeCredentials();
    const keys = await credentials;
    const hostSettings = { ...hastyHost, ...options.hostSettings };
    const network = await Network.create({ ...options, hostSettings });
    let router: Program | undefined;
    try {
      if (options.link === 'tun') await network.openCardTun();
      else if (options.address !== 'dhcp') {
        await network.host.ip([`addr add ${tunnelAddress}/128 dev ${hostInterface} nodad`]);
      }
      router = await startEnf(network.enf, keys, options);
      const configFile = await writeCardConfig(keys, options);
      const client = startCard(network.card, configFile);
      return new Site(options, network, keys, configFile, router, client);
    } catch (error) {
      await router?.kill();
      await network.remove();
      throw error;
    }
  }

  /** Where the programs of the user run: behind the cable, or with a TUN on the card itself. */
  get host(): Namespace {
    return this.options.link === 'tun' ? this.network.card : this.network.host;
  }

  /** The host's interface towards the tunnel. */
  get hostDevice(): string {
    return this.options.link === 'tun' ? tunName : hostInterface;
  }

  async untilOnline(): Promise<void> {
    const { link } = this.options;
    await this.enftun.until('the host has its address', 20, async () =>
      (await globalAddresses(this.host, this.hostDevice)).includes(tunnelAddress),
    );
    if (link === 'ethernet') {
      await this.enftun.until('the host has a default route', 20, () => defaultRoute(this.host));
    }
    await this.untilPing();
  }

  async untilPing(deadlineSeconds = 30): Promise<void> {
    await until('a ping through the tunnel', deadlineSeconds, () => this.canPing());
  }

  async canPing(...extra: string[]): Promise<boolean> {
    return (await this.ping('-W', '1', ...extra, serviceAddress)).status === 0;
  }

  /** One echo request from the host; arguments are those of iputils ping, the target last. */
  ping(...argv: string[]) {
    return this.host.run(['ping', '-6', '-n', '-c', '1', ...argv], { mayFail: true });
  }

  async restartEnf(options: EnfOptions = this.options): Promise<void> {
    this.enfServer = await startEnf(this.network.enf, this.#credentials, options);
  }

  restartCard(): void {
    this.enftun = startCard(this.network.card, this.configFile);
  }

  /** A program that is ended with the site. */
  with(program: Program): Program {
    this.#companions.push(program);
    return program;
  }

  async close(): Promise<void> {
    const programs = [...this.#companions, this.enftun, this.enfServer];
    await Promise.all(programs.map((program) => program.kill()));
    await this.network.remove();
  }

  /** For the end of a test: the service must still be the one that was started. */
  assertServiceAlive(): void {
    if (this.enftun.isRunning) return;
    throw new CommandFailed(`enftun has ended:\n${this.enftun.log()}`);
  }
}
