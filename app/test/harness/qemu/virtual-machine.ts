/**
 * A card in QEMU: an ARM machine with virtio devices, booted from any kernel and root file system. Emulated, never
 * virtualised: it runs the same everywhere. All files of a run lie in one folder, the console's log among them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Namespace } from '../namespace.ts';
import { CommandFailed, type Program } from '../process.ts';
import { SerialConsole } from './console.ts';
import { Monitor } from './monitor.ts';

export interface Image {
  readonly kernel: string;
  readonly initrd: string | undefined;
  readonly rootfs: string;
  /** File system of the computer that the card is plugged into. */
  readonly host: string;
}

export interface MachineOptions {
  /** Sockets, logs, captures. */
  readonly folder: string;
  readonly image: Image;
  /** A qcow2 file: snapshots lie in it. */
  readonly dataDisk: string;
  readonly identityDisk: string;
  /** Nothing can be written to the data disk, as to an eMMC at the end of its life. */
  readonly isDataProtected?: boolean;
  /** Default 256, as on the card. */
  readonly megabytes?: number;
  /** Added to the kernel's command line. */
  readonly kernelOptions?: string;
  /** Terminals besides the console, as sockets card-shell and host-shell in the folder. */
  readonly hasShells?: boolean;
  /** The cable to the uplink is out until `connectUplink`. */
  readonly isUplinkCut?: boolean;
  /** Further arguments for QEMU. */
  readonly extra?: readonly string[];
}

/**
 * The machine's own clock: it counts instructions, so what happens in the card takes the card as long on a busy build
 * machine as on an idle one. 4 ns are 250 million instructions a second, about what the card's processor does at
 * 500 MHz. While the processor waits, time passes as outside.
 */
export const nanosecondsPerInstruction = 4;
const instructionClock = `shift=${Math.log2(nanosecondsPerInstruction)}`;

/** Everything that crosses the uplink is written to a file of the folder: a new one each time the power comes on. */
const captureName = (count: number) => `uplink-${count}.pcap`;

function commandLine(options: MachineOptions, captureFile: string): string[] {
  const { image, megabytes = 256 } = options;
  const drive = (id: string, file: string, format: string, isReadOnly: boolean) => [
    ...['-device', `virtio-blk-device,drive=${id},serial=${id}`],
    ...[
      '-drive',
      `id=${id},if=none,format=${format},readonly=${isReadOnly ? 'on' : 'off'},file=${file}`,
    ],
  ];
  const socket = (id: string) => ['-chardev', `socket,id=${id},path=${id},server=on,wait=off`];
  const shells = ['card-shell', 'host-shell'];
  const kernelOptions = [
    'console=ttyAMA0 root=LABEL=rootfs TERM=dumb quiet systemd.show_status=no',
    // A fifth of the start of a distribution's kernel: tests of its own algorithms, and a source of entropy that
    // measures the jitter of a clock, which here counts instructions and has none.
    'cryptomgr.notests initcall_blacklist=jent_mod_init',
  ].join(' ');
  return [
    ...['qemu-system-arm', '-M', 'virt,highmem=off', '-cpu', 'cortex-a7', '-smp', '1'],
    ...[
      '-m',
      String(megabytes),
      '-accel',
      'tcg,tb-size=256',
      '-icount',
      instructionClock,
      '-display',
      'none',
      '-nodefaults',
    ],
    ...['-kernel', image.kernel],
    ...(image.initrd === undefined ? [] : ['-initrd', image.initrd]),
    ...['-append', `${kernelOptions} ${options.kernelOptions ?? ''}`.trim()],
    ...drive('rootfs', image.rootfs, 'raw', true),
    ...drive('data', options.dataDisk, 'qcow2', options.isDataProtected === true),
    ...drive('identity', options.identityDisk, 'raw', true),
    ...drive('host', image.host, 'raw', true),
    ...['-device', 'virtio-net-device,netdev=uplink', '-netdev', 'user,id=uplink'],
    ...['-object', `filter-dump,id=capture,netdev=uplink,file=${captureFile}`],
    ...[
      '-chardev',
      'socket,id=console,path=console,server=on,wait=off,logfile=console.log,logappend=on',
    ],
    ...['-serial', 'chardev:console'],
    ...['-qmp', 'unix:monitor,server=on,wait=off'],
    ...(options.hasShells === true
      ? [
          '-device',
          'virtio-serial-device',
          ...shells.flatMap((id) => [...socket(id), '-device', `virtconsole,chardev=${id}`]),
        ]
      : []),
    ...(options.extra ?? []),
  ];
}

export class VirtualMachine {
  readonly #program: Program;
  readonly #folder: string;
  readonly console: SerialConsole;
  readonly monitor: Monitor;

  private constructor(
    program: Program,
    folder: string,
    serialConsole: SerialConsole,
    monitor: Monitor,
  ) {
    this.#program = program;
    this.#folder = folder;
    this.console = serialConsole;
    this.monitor = monitor;
  }

  /** Switches the power on. The uplink is the network that the namespace sees, behind address translation. */
  static async start(namespace: Namespace, options: MachineOptions): Promise<VirtualMachine> {
    const { folder } = options;
    await mkdir(folder, { recursive: true });
    for (const name of ['console', 'monitor', 'card-shell', 'host-shell']) {
      await rm(path.join(folder, name), { force: true });
    }
    // Socket names have at most 107 characters: relative ones always fit.
    let count = 1;
    while (existsSync(path.join(folder, captureName(count)))) count += 1;
    const argv = commandLine(options, captureName(count));
    const command = ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, ...argv];
    await writeFile(path.join(folder, 'command'), `${argv.join(' ')}\n`);
    const log = path.join(folder, 'qemu.log');
    const program = namespace.start('qemu', command, { log });
    const open = <T>(what: string, attempt: (file: string) => Promise<T>, name: string) =>
      program.until(what, 20, () =>
        attempt(path.relative(process.cwd(), path.join(folder, name))).catch(() => undefined),
      );
    const serialConsole = await open(
      'the console',
      SerialConsole.open.bind(SerialConsole),
      'console',
    );
    const monitor = await open('the monitor', Monitor.open.bind(Monitor), 'monitor');
    const machine = new VirtualMachine(program, folder, serialConsole, monitor);
    if (options.isUplinkCut === true) await machine.connectUplink(false);
    return machine;
  }

  get isRunning(): boolean {
    return this.#program.isRunning;
  }

  /** Plugs the cable of the network that QEMU provides in or out, as the interface at its end sees it. */
  async connectUplink(isConnected: boolean): Promise<void> {
    await this.monitor.execute('set_link', { name: 'uplink', up: isConnected });
  }

  /** Keeps the whole machine under a name, to come back to within a second. */
  async save(name: string): Promise<void> {
    await this.monitor.human(`savevm ${name}`);
  }

  /** Goes on from there, also when the machine was paused. */
  async restore(name: string): Promise<void> {
    await this.monitor.human(`loadvm ${name}`);
    await this.monitor.execute('cont');
  }

  async pause(): Promise<void> {
    await this.monitor.execute('stop');
  }

  /** The plug is pulled: nothing is flushed, and no program receives a signal. */
  async cutPower(): Promise<void> {
    this.console.close();
    this.monitor.close();
    await this.#program.kill();
  }

  /** For an error message: what QEMU itself said. */
  complaint(): string {
    const said = readFileSync(path.join(this.#folder, 'qemu.log'), 'utf8').trim();
    return said === '' ? '' : `QEMU: ${said}`;
  }

  assertRunning(): void {
    if (!this.isRunning) throw new CommandFailed(`the machine has ended. ${this.complaint()}`);
  }
}
