/**
 * The computer that the card is plugged into: a namespace of the virtual machine with a root file system of its own
 * (host.img), reached through the card's console. The USB cable is emulated by the kernel (dummy_hcd).
 */
import { DeadlinePassed, patience } from '../until.ts';
import type { ConsoleOptions, ConsoleOutput, SerialConsole } from './console.ts';

const mountPoint = '/mnt';
const lendingLog = '/tmp/psock-host.log';

export interface HostRoute {
  readonly gateway: string;
  readonly dev: string;
}

export class PluggedHost {
  readonly #console: SerialConsole;
  readonly #mac: string;
  #device: string | undefined;

  private constructor(serialConsole: SerialConsole, mac: string) {
    this.#console = serialConsole;
    this.#mac = mac;
  }

  /** `mac` is the address of the host's end of the cable. */
  static async open(serialConsole: SerialConsole, mac: string): Promise<PluggedHost> {
    await serialConsole.run(`mount -o ro LABEL=host ${mountPoint} && ${mountPoint}/host-start`);
    return new PluggedHost(serialConsole, mac);
  }

  /** The same computer, seen by another of its cables. */
  cable(mac: string): PluggedHost {
    return new PluggedHost(this.#console, mac);
  }

  /** The interface at the host's end of the cable. */
  get device(): string {
    if (this.#device === undefined) throw new DeadlinePassed('the host is not plugged in');
    return this.#device;
  }

  /** Takes the interface that the plugged-in card shows. */
  async plugIn(deadlineSeconds = 20): Promise<string> {
    const command = `${mountPoint}/host-plug ${this.#mac} ${deadlineSeconds}`;
    this.#device = await this.#console.read(command, {
      deadlineSeconds: (deadlineSeconds + 10) * patience,
    });
    return this.#device;
  }

  run(command: string, options?: ConsoleOptions): Promise<ConsoleOutput> {
    return this.#console.run(inHost(command), options);
  }

  read(command: string, options?: ConsoleOptions): Promise<string> {
    return this.#console.read(inHost(command), options);
  }

  untilRead<T>(
    what: string,
    command: string,
    deadlineSeconds: number,
    probe: (output: string) => T | undefined | false,
  ): Promise<T> {
    return this.#console.untilRead(what, inHost(command), deadlineSeconds, probe);
  }

  async startDhclient(): Promise<void> {
    // It gives up at once on an interface whose link-local address is still being checked.
    await this.untilRead(
      `${this.device} to have a link-local address`,
      `ip -6 -o address show dev ${this.device} scope link -tentative`,
      30 * patience,
      (text) => text.includes('fe80:'),
    );
    await this.run(`dhclient -6 -nw ${this.#dhclientFiles()} ${this.device}`);
  }

  async stopDhclient(): Promise<void> {
    await this.run(`dhclient -6 -x ${this.#dhclientFiles()} ${this.device}`, { mayFail: true });
  }

  /** As another computer: no lease is remembered, and a new DUID is made. */
  async forgetLeases(): Promise<void> {
    await this.run('rm -f /var/lib/dhcp/*');
  }

  /** Starts psock-host: the card may use the sockets of this computer. `words` go to its command line. */
  async lendSockets(words = '', deadlineSeconds = 60 * patience): Promise<void> {
    await this.startPsockHost(words);
    await this.untilLending(deadlineSeconds);
  }

  /** Without waiting for anything. `as`: a command that becomes another user. */
  async startPsockHost(words = '', as = ''): Promise<void> {
    await this.run(`setsid ${as} psock-host --json ${words} </dev/null >${lendingLog} 2>&1 &`);
  }

  /**
   * Waits until the card that is plugged in, or was plugged in again, has the sockets. `events`: what psock-host had
   * reported before, which does not count.
   */
  untilLending(deadlineSeconds: number, events = ''): Promise<boolean> {
    return this.untilRead(
      'psock-host to serve the card',
      `cat ${lendingLog}`,
      deadlineSeconds,
      (text) => /"mode":"windowed"(?![^]*"event":"(gone|trouble)")/.test(text.slice(events.length)),
    );
  }

  /** What psock-host has reported, one event per line. */
  lendingEvents(): Promise<string> {
    return this.read(`cat ${lendingLog}`);
  }

  async stopLending(): Promise<void> {
    await this.run('pkill -KILL -f psock-host; sleep 1', { mayFail: true });
  }

  /** A computer with two cards runs two clients. */
  #dhclientFiles(): string {
    return `-pf /run/dhclient-${this.device}.pid -lf /var/lib/dhcp/${this.device}.leases`;
  }

  /** The default route that the card's router advertisement brought. */
  defaultRoute(deadlineSeconds = 20 * patience): Promise<HostRoute> {
    return this.untilRead(
      'a default route on the host',
      'ip -6 route show default',
      deadlineSeconds,
      (text) => {
        const { device } = this;
        const route = text.split('\n').find((line) => line.includes(` dev ${device} `));
        const gateway = /^default .*via (\S+)/.exec(route ?? '')?.[1];
        return gateway !== undefined && { gateway, dev: device };
      },
    );
  }

  /** The address that a DHCPv6 client has put on the interface. */
  globalAddress(deadlineSeconds = 30 * patience): Promise<string> {
    return this.untilRead(
      'an address on the host',
      `ip -6 -o address show dev ${this.device} scope global -tentative`,
      deadlineSeconds,
      (text) => /inet6 ([0-9a-f:]+)\//.exec(text)?.[1],
    );
  }

  /** Milliseconds of one echo through the tunnel. */
  ping(target: string, deadlineSeconds = 30 * patience): Promise<number> {
    return this.untilRead(
      `an answer from ${target}`,
      `ping -6 -n -c 1 -W 1 ${target}`,
      deadlineSeconds,
      (text) => {
        const time = /time=([\d.]+) ms/.exec(text)?.[1];
        return time !== undefined && Number(time);
      },
    );
  }
}

function inHost(command: string): string {
  return `${mountPoint}/host-exec sh -c '${command.replaceAll("'", `'\\''`)}'`;
}
