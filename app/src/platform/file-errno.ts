/**
 * What an operator can do about a file that the system does not read or write, by errno. Some are the fault of the
 * path, and what belongs there depends on its use; the others are the machine's, and the file is as it should be.
 */
import { systemErrno } from './system-errno.ts';

/** A failed call, in words that read on after the file's name. */
export interface FileFailure {
  /** Symbolic errno. */
  readonly code: string;
  /** `cannot be read: permission denied`. */
  readonly problem: string;
  /** What to do. */
  readonly advice: string;
  /** The machine failed, and another file in its place would not help. */
  readonly isOfMachine: boolean;
}

/** `belongs`: what to do when the path leads to nothing. `reader`: who must be allowed to read it. */
export function readFailure(
  error: unknown,
  belongs: string,
  reader = 'the service user',
): FileFailure {
  const { code, text } = systemErrno(error);
  const problem = `cannot be read: ${text}`;
  const machine = machineAdvice[code];
  if (machine !== undefined) return { code, problem, advice: machine, isOfMachine: true };
  const advice = isForbidden(code) ? `make it readable for ${reader}` : belongs;
  return { code, problem, advice, isOfMachine: false };
}

/** `writer`: who must be allowed to write it. */
export function writeFailure(error: unknown, writer = 'the service user'): FileFailure {
  const { code, text } = systemErrno(error);
  const problem = `cannot be written: ${text}`;
  const machine = machineAdvice[code];
  if (machine !== undefined) return { code, problem, advice: machine, isOfMachine: true };
  return { code, problem, advice: pathAdvice(code, writer), isOfMachine: false };
}

/** The file itself is right. */
const machineAdvice: Readonly<Record<string, string>> = {
  EMFILE: 'this program has too many files open; if this persists, restart it',
  ENFILE: 'this machine has too many files open; end other programs',
  ENOMEM: 'this machine is short of memory; end other programs',
  EIO: 'its storage is failing; check the file system, or replace the medium',
  EBADMSG: 'its storage is failing; check the file system, or replace the medium',
  EUCLEAN: 'its storage is failing; check the file system, or replace the medium',
  EROFS: 'choose a place on a writable file system',
  ENOSPC: 'make room on its file system',
  EDQUOT: 'make room on its file system',
};

function pathAdvice(code: string, writer: string): string {
  if (isForbidden(code)) return `let ${writer} write to its folder`;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'create its folder' : 'check its folder';
}

function isForbidden(code: string): boolean {
  return code === 'EACCES' || code === 'EPERM';
}
