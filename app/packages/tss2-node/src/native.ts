/**
 * Finds and loads the compiled addon, once per thread: TSS2_NODE_ADDON if set, else `tss2-node.node` beside the running
 * file (a bundle), else the package's own build folder.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Channel } from './command-queue.ts';
import { TpmAddonError } from './errors.ts';

interface Addon {
  /** Starts a thread for the TCTI of this configuration string; a text says why that failed. */
  openChannel(configuration: string): Channel | string;
}

let loaded: Addon | undefined;

export function addon(): Addon {
  loaded ??= load(process.env.TSS2_NODE_ADDON);
  return loaded;
}

function load(override: string | undefined): Addon {
  const target = `linux-${process.arch}`;
  const candidates = override
    ? [override]
    : ['./tss2-node.node', `../build/${target}/tss2-node.node`].map((relative) =>
        fileURLToPath(new URL(relative, import.meta.url)),
      );
  const file = candidates.find((candidate) => existsSync(candidate));
  const hint = `build it with "make -C app/packages/tss2-node TARGET=${target}"`;
  if (file === undefined)
    throw new TpmAddonError(`no addon at ${candidates.join(' or ')}; ${hint}`);
  try {
    // Built from this package's sources: its surface is what native/addon.cc registers.
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    throw new TpmAddonError(`cannot load ${file}; ${hint}`, { cause });
  }
}
