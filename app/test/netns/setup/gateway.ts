/**
 * A gateway for tests of enftun-setup: the lab's card, with a TUN link and without the lab's own policy.
 *
 *     lan (trusted)        gateway                               enf
 *     eth1 ════════════ lan   wan ════════════════════════════ wan
 *     198.51.100.2/24         192.0.2.1, 2001:db8:1::1         192.0.2.2, 2001:db8:1::2: its default gateway
 */
import { copyFile, appendFile, readFile } from 'node:fs/promises';
import { writeCardConfig } from '../../harness/card.ts';
import { makeCredentials, type Credentials } from '../../harness/credentials.ts';
import type { Namespace } from '../../harness/namespace.ts';
import { labFolder, logFile, program } from '../../harness/paths.ts';
import { run, type Output, type Program } from '../../harness/process.ts';
import { Network, routerAddresses } from '../../harness/topology.ts';

export const lanAddresses = { gateway: '198.51.100.1', machine: '198.51.100.2' } as const;
export const lanAddresses6 = { gateway: '2001:db8:2::1', machine: '2001:db8:2::2' } as const;
/** The user of the service's unit; in the lab's own copy of the machine's users. */
export const serviceUser = 'enftun';

let credentials: Promise<Credentials> | undefined;

export class Gateway {
  readonly network: Network;
  readonly credentials: Credentials;
  configFile = '';

  private constructor(network: Network, keys: Credentials) {
    this.network = network;
    this.credentials = keys;
  }

  static async open(): Promise<Gateway> {
    // The lab's other sites make theirs in the same run.
    credentials ??= makeCredentials(`${labFolder}/gateway-pki`);
    const keys = await credentials;
    await addServiceUser();
    const gateway = new Gateway(await Network.create(), keys);
    await gateway.#prepare();
    await gateway.configure();
    return gateway;
  }

  /** The gateway's own namespace. */
  get machine(): Namespace {
    return this.network.card;
  }

  /** The far end of the uplink. */
  get peer(): Namespace {
    return this.network.enf;
  }

  /** A machine at the interface lan. */
  get lan(): Namespace {
    return this.network.host;
  }

  /** Writes another configuration; `keys` in libconfig syntax. Returns the name of the file. */
  async configure(keys: Readonly<Record<string, string>> = {}): Promise<string> {
    this.configFile = await writeCardConfig(this.credentials, { link: 'tun', keys });
    return this.configFile;
  }

  /** Keeps the configuration under another name, for a second tunnel. */
  async configureAs(name: string, keys: Readonly<Record<string, string>>): Promise<string> {
    const file = `${labFolder}/${name}.conf`;
    await copyFile(await this.configure(keys), file);
    return file;
  }

  /** enftun-setup, to its end. */
  setUp(
    command: string,
    { file = this.configFile, path }: { file?: string; path?: string } = {},
  ): Promise<Output> {
    const environment = path === undefined ? [] : ['env', `PATH=${path}`];
    const argv = [...program('enftun-setup'), ...command.split(' '), file];
    return this.machine.run([...environment, ...argv], { mayFail: true });
  }

  /** The same; throws unless it succeeds. */
  async must(command: string, file = this.configFile): Promise<string> {
    const argv = [...program('enftun-setup'), ...command.split(' '), file];
    return (await this.machine.run(argv)).stdout;
  }

  /** The tunnel, with no power of root's but the one of its unit. */
  startClient(): Program {
    const only = '-all,+net_admin';
    const confined = [
      'setpriv',
      '--bounding-set',
      only,
      '--inh-caps',
      only,
      '--ambient-caps',
      only,
    ];
    const argv = [...confined, '--no-new-privs', ...program('enftun'), '-c', this.configFile];
    return this.machine.start('enftun', argv, { log: logFile('enftun') });
  }

  /** Everything that a set-up changes, as text. */
  async snapshot(): Promise<string> {
    const script = `ip -4 rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all
      nft list ruleset; ip -j link | tr , '\\n' | grep -E '"(ifname|group)"'
      cat /proc/sys/net/ipv4/conf/all/src_valid_mark`;
    return (await this.machine.run(['sh', '-c', script])).stdout;
  }

  /** Removes what a failed test has left. */
  async reset(): Promise<void> {
    await this.setUp('down');
    await this.configure();
  }

  async close(): Promise<void> {
    await this.network.remove();
  }

  async #prepare(): Promise<void> {
    const { machine, lan } = this;
    // There is no card here.
    await machine.nft('delete table netdev usb');
    await machine.ip(['link add lan type veth peer name eth1 netns host']);
    for (const [namespace, name, ipv4, ipv6] of [
      [machine, 'lan', lanAddresses.gateway, lanAddresses6.gateway],
      [lan, 'eth1', lanAddresses.machine, lanAddresses6.machine],
    ] as const) {
      await namespace.settings({ [`ipv6/conf/${name}/accept_dad`]: 0 });
      await namespace.ip([
        `addr add ${ipv4}/24 dev ${name}`,
        `addr add ${ipv6}/64 dev ${name}`,
        `link set ${name} up`,
      ]);
    }
    await machine.settings({ 'ipv4/conf/all/rp_filter': 1, 'ipv4/conf/wan/rp_filter': 1 });
    await machine.ip([`route add default via ${routerAddresses.ipv4}`], '-4');
    await machine.ip([`route add default via ${routerAddresses.ipv6}`], '-6');
  }
}

/** In front of the machine's file in the lab's private mount namespace alone. */
async function addServiceUser(): Promise<void> {
  if ((await readFile('/etc/passwd', 'utf8')).includes(`\n${serviceUser}:`)) return;
  const own = `${labFolder}/passwd`;
  await copyFile('/etc/passwd', own);
  await appendFile(own, `${serviceUser}:x:4242:65534::/:/bin/false\n`);
  await run(['mount', '--bind', own, '/etc/passwd']);
}
