/**
 * U-Boot's own binary (Debian's u-boot-qemu) with the boot script of the cards, on QEMU's "virt" machine. That binary
 * has no MMC and no USB mass storage: the eMMC is a virtio disk, so `mmc` reads `virtio`; `saveenv` writes the three
 * variables of the choice behind the partition table, from where each start reads them as the cards do
 * (ENV_WRITEABLE_LIST); and the disk at USB becomes a line on the console. Kernels are really loaded and started, and
 * resets are resets.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { patience } from '../../harness/until.ts';

const program = '/usr/lib/u-boot/qemu_arm/u-boot.bin';
const script = path.resolve(import.meta.dirname, '../../../../board/common/u-boot/u-boot.env');
const names = ['BOOT_ORDER', 'BOOT_A_LEFT', 'BOOT_B_LEFT'] as const;
/** Where the script lies in memory as text: QEMU puts it there at each start. */
const scriptAddress = '0x48000000';
/** Where the saved variables pass through memory, and their place on the disk: first sector and count. */
const savedAddress = '0x47000000';
const savedSector = 16;
const savedSectors = 32;
const savedBytes = savedSectors * 512;
const machine = [
  '-M',
  'virt',
  '-cpu',
  'cortex-a15',
  '-m',
  '256',
  '-display',
  'none',
  '-nodefaults',
];

/**
 * What the machine comes to, in order. `disk`: the eMMC is offered to the host. `reset`: the script gave up and resets.
 */
export type BootEvent = 'kernel A' | 'kernel B' | 'disk' | 'reset';

export interface BootVariables {
  readonly BOOT_ORDER?: string | undefined;
  readonly BOOT_A_LEFT?: string | undefined;
  readonly BOOT_B_LEFT?: string | undefined;
}

export interface BootOptions {
  readonly folder: string;
  /** The disk's image. */
  readonly disk: string;
  /** In words of QEMU's block layer; default: the image as it is. */
  readonly drive?: string | undefined;
  /** In place of the script's; a variable that is there and undefined does not exist. */
  readonly variables: BootVariables;
  /** How many events to wait for. */
  readonly events: number;
}

export interface BootResult {
  readonly events: readonly BootEvent[];
  /** As saved, at the end. */
  readonly saved: BootVariables;
  readonly console: string;
}

export const isInstalled = existsSync(program);

/** The device tree of that machine: a kernel's device tree has to be a real one. */
export function deviceTree(folder: string): Buffer {
  const file = path.join(folder, 'card.dtb');
  const [machineName = '', ...rest] = machine.slice(1);
  const made = spawnSync('qemu-system-arm', ['-M', `${machineName},dumpdtb=${file}`, ...rest]);
  assert.equal(made.status, 0, made.stderr.toString());
  const padded = readFileSync(file);
  return padded.subarray(0, padded.readUInt32BE(4));
}

/**
 * Runs until so many events have been seen, or the machine has switched itself off. Throws when it does neither in
 * time.
 */
export async function boot(options: BootOptions): Promise<BootResult> {
  const { folder, disk, drive = `file=${disk},format=raw`, variables, events: wanted } = options;
  const file = path.join(folder, 'script');
  const text = adaptedScript(variables);
  writeFileSync(file, text);
  const qemu = spawn(
    'qemu-system-arm',
    [
      ...machine,
      ...['-bios', program, '-serial', 'stdio', '-net', 'none'],
      ...['-drive', `if=none,id=emmc,cache=unsafe,${drive}`],
      ...['-device', 'virtio-blk-device,drive=emmc'],
      ...['-device', `loader,file=${file},addr=${scriptAddress},force-raw=on`],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const load = `env import -t ${scriptAddress} 0x${Buffer.byteLength(text).toString(16)}`;
  const absent = names.filter((name) => name in variables && variables[name] === undefined);
  const first = [load, ...absent.map((name) => `env delete ${name}`), 'virtio scan'];
  const saved = `${savedAddress} 0x${savedBytes.toString(16)}`;
  const later = [
    ...[
      load,
      'virtio scan',
      `virtio read ${savedAddress} ${hex(savedSector)} ${hex(savedSectors)}`,
    ],
    `env import -c ${saved} ${names.join(' ')}`,
  ];
  const output = await converse(qemu, first, later, wanted);
  return { events: eventsIn(output), saved: savedVariables(disk), console: output };
}

/** Interrupts each start at U-Boot's prompt, types the commands one by one, and the boot command last. */
async function converse(
  qemu: ChildProcess,
  first: readonly string[],
  later: readonly string[],
  wanted: number,
): Promise<string> {
  const { stdin, stdout } = qemu;
  assert.ok(stdin !== null && stdout !== null);
  stdin.on('error', () => undefined); // the end of the machine shows at `exit`
  let output = '';
  /** How much of the output has been answered. */
  let answered = 0;
  let commands: string[] = [];
  let isFirst = true;
  const answer = (text: string): void => {
    answered = output.length;
    stdin.write(`${text}\r`);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`U-Boot came to nothing in time:\n${output}`));
      const deadline = setTimeout(fail, 60_000 * patience);
      const finish = (): void => {
        clearTimeout(deadline);
        resolve();
      };
      qemu.once('exit', finish);
      qemu.once('error', reject);
      stdout.setEncoding('latin1').on('data', (text: string) => {
        output += text;
        if (eventsIn(output).length >= wanted) return finish();
        const fresh = output.slice(answered);
        if (fresh.includes('stop autoboot')) {
          commands = [...(isFirst ? first : later), 'run bootcmd'];
          isFirst = false;
          answer('');
        } else if (fresh.endsWith('=> ')) {
          const command = commands.shift();
          if (command !== undefined) answer(command);
        }
      });
    });
  } finally {
    qemu.kill('SIGKILL');
  }
  return output;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function eventsIn(output: string): BootEvent[] {
  const lines = output.matchAll(/^(kernel [AB]|event: (?:disk|reset))\r?$/gm);
  return [...lines].map(([, line = '']) => line.replace('event: ', '') as BootEvent);
}

/** The script of the cards, with this machine's names and the wanted variables. */
function adaptedScript(variables: BootVariables): string {
  const save =
    `env export -c -s ${hex(savedBytes)} ${savedAddress} ${names.join(' ')}; ` +
    `virtio write ${savedAddress} ${hex(savedSector)} ${hex(savedSectors)}`;
  let text = readFileSync(script, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n')
    .replaceAll('mmc rescan', 'virtio scan')
    .replaceAll('mmc read', 'virtio read')
    .replaceAll('mmc 0', 'virtio 0')
    .replaceAll('saveenv', save)
    .replace('ums 0 virtio 0', 'echo event: disk')
    .replace('sleep 10; reset', 'echo event: reset; reset')
    .replace('0x21000000', '0x45000000')
    .replace('0x22000000', '0x46000000');
  for (const [name, value] of Object.entries(variables)) {
    text = text.replace(new RegExp(`^${name}=.*\n`, 'm'), '');
    if (value !== undefined) text += `\n${name}=${value}`;
  }
  return `${text}\n`;
}

/** As `env export -c` writes them: a checksum, then name=value strings, each ended by a zero byte. */
function savedVariables(disk: string): BootVariables {
  const block = readFileSync(disk).subarray(savedSector * 512, savedSector * 512 + savedBytes);
  const lines = block.subarray(4).toString('latin1').split('\0');
  return Object.fromEntries(
    lines.filter((line) => line !== '').map((line): string[] => line.split('=')),
  ) as BootVariables;
}
