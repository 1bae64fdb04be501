/**
 * A machine with Debian: a root file system in a container, with systemd as its first process and a network of its own.
 * It belongs into the private world of harness/run.sh, which ends everything in it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CommandFailed, Program, run, type Output } from '../harness/process.ts';
import { logFile } from '../harness/paths.ts';
import { until } from '../harness/until.ts';

const cgroups = '/sys/fs/cgroup';

export class DebianMachine {
  readonly root: string;
  readonly #name: string;
  #container: Program | undefined;
  #leader = 0;

  private constructor(name: string, root: string) {
    this.#name = name;
    this.root = root;
  }

  /** From an archive of debian-root.sh. */
  static async boot(name: string, archive: string, folder: string): Promise<DebianMachine> {
    const machine = new DebianMachine(name, path.join(folder, name));
    rmSync(machine.root, { recursive: true, force: true });
    mkdirSync(machine.root, { recursive: true });
    execFileSync('tar', ['-C', machine.root, '-xf', archive]);
    // The private world has none, and systemd refuses the old hierarchy.
    if (!existsSync(path.join(cgroups, 'cgroup.procs')))
      execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', cgroups]);
    await machine.#start();
    return machine;
  }

  /** What a root shell on the machine prints; throws CommandFailed for another status than 0. */
  async run(command: string): Promise<string> {
    return (await this.#command(command, false)).stdout;
  }

  async status(command: string): Promise<number | undefined> {
    return (await this.#command(command, true)).status;
  }

  /** Ends every process on it and starts it again. */
  async reboot(): Promise<void> {
    await this.#end('systemctl reboot');
    await this.#start();
  }

  async powerOff(): Promise<void> {
    await this.#end('systemctl poweroff');
  }

  async #end(command: string): Promise<void> {
    const container = this.#container!;
    await this.status(command);
    await until(`${this.#name} to end`, 60, () => !container.isRunning);
  }

  async #start(): Promise<void> {
    const options = ['--register=no', '--keep-unit', '--private-network', '--bind=/dev/net/tun'];
    const boot = ['systemd-nspawn', '-D', this.root, ...options, '--boot', '--console=pipe'];
    const container = Program.start(this.#name, boot, { log: logFile(this.#name) });
    this.#container = container;
    const children = `/proc/${container.pid}/task/${container.pid}/children`;
    await until(`${this.#name} to boot`, 60, async () => {
      if (!container.isRunning)
        throw new CommandFailed(`${this.#name} has ended: ${logFile(this.#name)}`);
      this.#leader = Number(readFileSync(children, 'utf8').split(' ')[0]);
      if (this.#leader === 0) return false;
      const { stdout } = await this.#command('systemctl is-system-running', true);
      return /^(running|degraded)$/m.test(stdout);
    });
  }

  #command(command: string, mayFail: boolean): Promise<Output> {
    const enter = ['nsenter', '-t', `${this.#leader}`, '-m', '-u', '-i', '-n', '-p', '-r', '-w'];
    const path = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
    const environment = ['env', '-i', path, 'HOME=/root', 'DEBIAN_FRONTEND=noninteractive'];
    return run([...enter, ...environment, 'sh', '-c', command], { mayFail, deadlineSeconds: 60 });
  }
}
