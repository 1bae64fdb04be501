/**
 * The compiled addon: FUNCTION_FS_ADDON if set, else `function-fs.node` beside the running file (a bundle), else the
 * package's own build folder.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FunctionFsError } from './errors.ts';

export interface NativeTransfers {
  /** Puts a transfer into a free slot; `submit` starts it. The buffer must not change until its result is there. */
  queue(slot: number, fd: number, isWrite: boolean, buffer: Uint8Array, count: number): void;
  submit(): void;
  /** The result still comes, as an error if there was time. */
  cancel(slot: number): void;
  /** Cancels everything, waits for that, and calls nothing any more. */
  close(): void;
}

interface Addon {
  /** `onDone` gets the number of pairs in `results`: slot, and length or negative errno. Or an errno. */
  openTransfers(
    capacity: number,
    results: Int32Array,
    onDone: (count: number) => void,
  ): NativeTransfers | number;
  watchReadable(fd: number, onReadable: () => void): { close(): void } | number;
}

let loaded: Addon | undefined;

export function addon(): Addon {
  loaded ??= load(process.env.FUNCTION_FS_ADDON);
  return loaded;
}

function load(override: string | undefined): Addon {
  const target = `linux-${process.arch}`;
  const candidates = override
    ? [override]
    : ['./function-fs.node', `../build/${target}/function-fs.node`].map((relative) =>
        fileURLToPath(new URL(relative, import.meta.url)),
      );
  const file = candidates.find((candidate) => existsSync(candidate));
  const hint = `build it with "make -C app/packages/function-fs TARGET=${target}"`;
  if (file === undefined) {
    const problem = `no addon at ${candidates.join(' or ')}`;
    throw new FunctionFsError(problem, { errno: 'ENOENT', syscall: 'dlopen', hint });
  }
  try {
    // Built from this package's sources: its surface is what native/addon.cc registers.
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    const problem = `cannot load ${file}`;
    throw new FunctionFsError(problem, { errno: 'ENOEXEC', syscall: 'dlopen', hint, cause });
  }
}
