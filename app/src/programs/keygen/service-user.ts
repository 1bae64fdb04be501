/**
 * Whose the files of the identity are: the user that the service runs as. Systemd is asked, since it has the
 * unit with all that an administrator has changed in it; without systemd, or without the unit, the product's own user.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EnvironmentError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import { instanceName } from '../../platform/status-paths.ts';

export interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Output of a program; undefined if it failed. */
export type Run = (file: string, ...args: readonly string[]) => Promise<string | undefined>;

export interface OwnerQuestion {
  readonly configFile: string;
  /** Named by the operator. */
  readonly wanted: string | undefined;
  /** Who runs this program. */
  readonly uid: number;
  readonly run: Run;
}

const productUser = 'enftun';
const root = 0;

/** Undefined: the user of this process. Throws EnvironmentError for a user that does not exist. */
export async function ownerOfFiles(question: OwnerQuestion): Promise<Owner | undefined> {
  const { wanted, uid, run } = question;
  if (wanted !== undefined) {
    const owner = await lookUp(wanted, run);
    if (owner !== undefined) return owner;
    const problem = `--owner ${wanted}: this machine has no such user; create it, or name another`;
    throw new EnvironmentError(problem, { errno: 'ENOENT', syscall: 'getpwnam' });
  }
  // Others cannot give files away.
  if (uid !== root) return undefined;
  const unit = await unitUser(instanceName(question.configFile), run);
  return lookUp(unit ?? productUser, run);
}

/** The user in the unit; undefined if there is no such unit here. */
async function unitUser(instance: string, run: Run): Promise<string | undefined> {
  const unit = `enftun@${instance}.service`;
  const text = await run('systemctl', 'show', '--property=LoadState,User', unit);
  const properties = new Map(
    (text ?? '').split('\n').map((line) => line.split('=', 2) as [string, string]),
  );
  if (properties.get('LoadState') !== 'loaded') return undefined;
  return properties.get('User') || 'root';
}

async function lookUp(name: string, run: Run): Promise<Owner | undefined> {
  const [uid, gid] = await Promise.all([run('id', '-u', name), run('id', '-g', name)]);
  if (!isNumber(uid) || !isNumber(gid)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid) };
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+\s*$/.test(text);
}

const longestRun = seconds(5);
const longestOutput = 64 * 1024;

/** Programs of this machine. */
export const runProgramHere: Run = async (file, ...args) => {
  try {
    const options = { timeout: longestRun, maxBuffer: longestOutput };
    return (await promisify(execFile)(file, args, options)).stdout;
  } catch {
    return undefined;
  }
};
