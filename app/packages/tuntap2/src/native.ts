/**
 * Finds and loads the compiled addon, once per thread: TUNTAP2_ADDON if set, else `tuntap2.node` beside the running
 * file (a bundle), else the package's own build folder.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { AddonError, type TuntapErrorDetails } from './errors.ts';

let loaded: unknown;

/**
 * The addon's exports. Each part of the package names the functions that it uses:
 * `loadAddon<DeviceAddon>()`.
 */
export function loadAddon<Surface>(): Surface {
  loaded ??= load(process.env.TUNTAP2_ADDON);
  // The addon is built from this package's sources: its surface is what native/*.cc registers.
  return loaded as Surface;
}

function load(override: string | undefined): unknown {
  const target = `linux-${process.arch}`;
  const candidates = override
    ? [override]
    : ['./tuntap2.node', `../build/${target}/tuntap2.node`].map((relative) =>
        fileURLToPath(new URL(relative, import.meta.url)),
      );
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new AddonError(`no addon at ${candidates.join(' or ')}`, {
      errno: 'ENOENT',
      syscall: 'dlopen',
      hint: `build it with "make -C app/packages/tuntap2 TARGET=${target}"`,
    });
  }
  try {
    return createRequire(import.meta.url)(file) as unknown;
  } catch (cause) {
    const advice = `it was built for another machine or C library; rebuild it with TARGET=${target}`;
    throw new AddonError(`cannot load ${file}`, {
      syscall: 'dlopen',
      ...(shortage(String(cause)) ?? { errno: 'ENOEXEC', hint: `${advice} (${String(cause)})` }),
      cause,
    });
  }
}

/** What the process lacks when the file itself is sound. The dynamic loader reports it by its text alone. */
function shortage(text: string): Pick<TuntapErrorDetails, 'errno' | 'hint'> | undefined {
  if (text.includes('Too many open files in system')) {
    return { errno: 'ENFILE', hint: 'the system has no free file descriptor (fs.file-max)' };
  }
  if (text.includes('Too many open files')) {
    const hint =
      'this process has no free file descriptor: raise its limit (LimitNOFILE=, ulimit -n)';
    return { errno: 'EMFILE', hint };
  }
  if (text.includes('Cannot allocate memory')) {
    return { errno: 'ENOMEM', hint: 'the process is out of memory' };
  }
  return undefined;
}
