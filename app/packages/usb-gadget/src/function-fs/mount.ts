/**
 * Mounts and unmounts FunctionFS with the system's own tools: Node.js has no mount call, and the tools notify helpers.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FunctionFsMountError } from '../errors.ts';

const run = promisify(execFile);
const timeoutMs = 10_000;
const busyPollMs = 50;

export interface FunctionFsMountOptions {
  /** Owner of the endpoint files, default root. */
  uid?: number | undefined;
  gid?: number | undefined;
  /** Mode of the endpoint files, default 0o600. */
  fileMode?: number | undefined;
  /** Mode of the folder, default 0o500. */
  folderMode?: number | undefined;
  /**
   * When the last open file of it is closed, the gadget stays bound until a process opens ep0 again; else the kernel
   * unbinds it at once. Default true.
   */
  staysConnected?: boolean | undefined;
}

/** Mounts the FunctionFS of the function `functionFs(name)` on an existing folder. */
export async function mountFunctionFs(
  name: string,
  folder: string,
  options: FunctionFsMountOptions = {},
): Promise<void> {
  await runTool(
    ['mount', '-t', 'functionfs', '-o', mountOptions(options), name, folder],
    `cannot mount FunctionFS ${name} on ${folder}`,
    `is there a function ffs.${name}, registered and not yet mounted?`,
  );
}

export interface FunctionFsUnmountOptions {
  /** How long to try again while a process has its endpoints open. Default 0: one attempt. */
  busyMs?: number | undefined;
  /**
   * A mount that is still busy then disappears at once and ends with the last open file of it (umount -l). Right when
   * its function has ended: what is open there leads nowhere. Default false: a FunctionFsMountError.
   */
  detaches?: boolean | undefined;
}

/** Wherever it is mounted; nothing happens when it is not. */
export async function unmountFunctionFs(
  name: string,
  { busyMs = 0, detaches = false }: FunctionFsUnmountOptions = {},
): Promise<void> {
  const deadline = performance.now() + busyMs;
  for (;;) {
    try {
      return await unmountAll(name, []);
    } catch (error) {
      if (performance.now() >= deadline) {
        if (detaches) return unmountAll(name, ['-l']);
        throw error;
      }
    }
    await sleep(busyPollMs);
  }
}

async function unmountAll(name: string, words: readonly string[]): Promise<void> {
  for (const folder of mountPoints(await readFile('/proc/self/mountinfo', 'utf8'), name)) {
    await runTool(
      ['umount', ...words, folder],
      `cannot unmount FunctionFS ${name} from ${folder}`,
      'end the process that has its endpoints open',
    );
  }
}

/** As `-o` takes them. */
export function mountOptions(options: FunctionFsMountOptions): string {
  const { uid = 0, gid = 0, fileMode = 0o600, folderMode = 0o500, staysConnected = true } = options;
  const octal = (mode: number) => `0${mode.toString(8)}`;
  const words = [`uid=${uid}`, `gid=${gid}`, `rmode=${octal(folderMode)}`];
  words.push(`fmode=${octal(fileMode)}`, `no_disconnect=${staysConnected ? 1 : 0}`);
  return words.join(',');
}

/** Of the FunctionFS `name` in the text of /proc/self/mountinfo (proc(5)), the last mounted first. */
export function mountPoints(mountInfo: string, name: string): string[] {
  return mountInfo
    .split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [type, source] = after.split(' ');
      const folder = before.split(' ')[4];
      return type === 'functionfs' && unescape(source ?? '') === name ? folder : undefined;
    })
    .filter((folder) => folder !== undefined)
    .map(unescape)
    .reverse();
}

/** The kernel writes white space and the backslash as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

async function runTool(words: string[], problem: string, hint: string): Promise<void> {
  const [tool, ...rest] = words as [string, ...string[]];
  try {
    await run(tool, rest, { timeout: timeoutMs });
  } catch (cause) {
    // Of execFile's error: what the tool said, or why it did not run.
    const { stderr = '', message } = cause as Error & { stderr?: string };
    const [said] = (stderr.trim() || message).split('\n');
    throw new FunctionFsMountError(`${problem}: ${said}; ${hint}`, { cause });
  }
}
