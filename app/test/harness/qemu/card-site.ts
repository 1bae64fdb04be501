/**
 * A virtual card with everything around it: a development ENF with a web server behind it, the network between, the
 * card, and a host at its USB port. Must run inside the lab's private world (run.sh), which ends all of it.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeClient, makeCredentials, type Credentials } from '../credentials.ts';
import { startEnf } from '../enf.ts';
import { labFolder } from '../paths.ts';
import { CommandFailed, type Program } from '../process.ts';
import { serviceAddress } from '../topology.ts';
import { startWebServer } from '../transfer.ts';
import { claimFolder } from './claim-folder.ts';
import { makeDataDisk, makeIdentityDisk, type CardIdentity } from './disks.ts';
import { PluggedHost } from './plugged-host.ts';
import { Underlay } from './underlay.ts';
import { VirtualMachine, type Image, type MachineOptions } from './virtual-machine.ts';

const top = path.resolve(import.meta.dirname, '../../../..');

/** What build-image.sh made, or the folder that IMAGE names. */
export function defaultImage(): Image {
  const folder = path.resolve(process.env.IMAGE ?? path.join(top, 'build/image'));
  const initrd = path.join(folder, 'initrd');
  return {
    kernel: path.join(folder, 'kernel'),
    // A kernel that has what it needs built in comes without.
    initrd: existsSync(initrd) ? initrd : undefined,
    rootfs: path.join(folder, 'rootfs.img'),
    host: process.env.HOST_IMAGE ?? path.join(folder, 'host.img'),
  };
}

/** Below it each run has a folder of its own for sockets, logs and disks. */
export const runFolder = path.join(top, 'build/card');

/** That of `make run`, where other windows find its card. */
export const shownFolder = path.join(runFolder, 'run');

export const cardIdentity: CardIdentity = {
  serial: 'QEMU0000000001',
  hostMac: '02:8f:80:00:00:01',
  cardMac: '02:8f:80:00:00:02',
};

/** A further card of the same ENF. */
export interface AnotherCard {
  /** Distinguishes its files and namespaces from those of the first. */
  readonly name: string;
  readonly identity: CardIdentity;
  readonly tunnelAddress: string;
}

export class CardSite {
  readonly underlay: Underlay;
  readonly credentials: Credentials;
  readonly identity: CardIdentity;
  readonly #options: MachineOptions;
  enfServer: Program;
  #machine: VirtualMachine | undefined;
  #host: PluggedHost | undefined;

  private constructor(
    underlay: Underlay,
    credentials: Credentials,
    identity: CardIdentity,
    enfServer: Program,
    options: MachineOptions,
  ) {
    this.underlay = underlay;
    this.credentials = credentials;
    this.identity = identity;
    this.enfServer = enfServer;
    this.#options = options;
  }

  /** Everything but the card's power. A second site at the same time needs a name and a folder of its own. */
  static async prepare(settings: Partial<MachineOptions> = {}, name = ''): Promise<CardSite> {
    const [underlay, credentials] = await Promise.all([
      Underlay.create(name),
      makeCredentials(path.join(labFolder, `pki${name}`)),
    ]);
    const options = await makeDisks(settings, shownFolder, credentials, cardIdentity);
    const enfServer = await startEnf(underlay.enf, credentials);
    await startWebServer(underlay.enf, serviceAddress);
    return new CardSite(underlay, credentials, cardIdentity, enfServer, options);
  }

  /** A further card in the same network, known to the same ENF. */
  async prepareAnother(
    { name, identity, tunnelAddress }: AnotherCard,
    settings: Partial<MachineOptions> = {},
  ): Promise<CardSite> {
    const authority = path.dirname(this.credentials.caCert);
    const keys = path.join(authority, name);
    const credentials = await makeClient(authority, keys, tunnelAddress);
    const folder = path.join(runFolder, name);
    const options = await makeDisks(settings, folder, credentials, identity);
    return new CardSite(this.underlay, credentials, identity, this.enfServer, options);
  }

  /** Sockets, logs and disks of this card. */
  get folder(): string {
    return this.#options.folder;
  }

  get machine(): VirtualMachine {
    if (this.#machine === undefined) throw new TypeError('the card has no power yet');
    return this.#machine;
  }

  get console() {
    return this.machine.console;
  }

  get host(): PluggedHost {
    if (this.#host === undefined) throw new TypeError('no host has been opened yet');
    return this.#host;
  }

  /** Switches the card on and waits for a shell on its console. `changes` are for this time alone. */
  async powerOn(
    deadlineSeconds = 180,
    changes: Pick<Partial<MachineOptions>, 'isDataProtected'> = {},
  ): Promise<VirtualMachine> {
    const options = { ...this.#options, ...changes };
    this.#machine = await VirtualMachine.start(this.underlay.uplink, options);
    await this.console.openShell(deadlineSeconds);
    return this.#machine;
  }

  /** Lets the card start again by itself. The host is gone then: `plugIn` makes a new one. */
  async reboot(deadlineSeconds = 180): Promise<void> {
    const from = this.console.text.length;
    this.console.send('systemctl reboot');
    await this.console.expect('the restart', /reboot: Restarting system/, from, deadlineSeconds);
    await this.console.openShell(deadlineSeconds);
  }

  /** Waits until the card has started everything, and fails when a unit failed. */
  async untilStarted(deadlineSeconds = 180): Promise<void> {
    const { output } = await this.console.run('systemctl is-system-running --wait', {
      deadlineSeconds,
      mayFail: true,
    });
    if (output.trim() === 'running') return;
    const failed = await this.console.read('systemctl --failed --no-pager --plain --no-legend');
    throw new CommandFailed(`the card is "${output.trim()}"; failed units:\n${failed}`);
  }

  /** Makes the host. It sees the card's USB device, and has not taken its network interface yet. */
  async openHost(): Promise<PluggedHost> {
    this.#host = await PluggedHost.open(this.console, this.identity.hostMac);
    return this.#host;
  }

  /** Makes the host, plugs it in. Its interface is the result. */
  async plugIn(): Promise<string> {
    const host = await this.openHost();
    return host.plugIn();
  }

  async restartEnf(): Promise<void> {
    this.enfServer = await startEnf(this.underlay.enf, this.credentials);
  }
}

async function makeDisks(
  settings: Partial<MachineOptions>,
  defaultFolder: string,
  credentials: Credentials,
  identity: CardIdentity,
): Promise<MachineOptions> {
  const folder = settings.folder ?? defaultFolder;
  await claimFolder(folder, folder === shownFolder ? 'make run' : 'image tests');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options: MachineOptions = {
    image: defaultImage(),
    dataDisk: path.join(folder, 'data.qcow2'),
    identityDisk: path.join(folder, 'identity.img'),
    ...settings,
    folder,
  };
  await Promise.all([
    makeDataDisk(options.dataDisk, credentials),
    makeIdentityDisk(options.identityDisk, identity),
  ]);
  return options;
}
