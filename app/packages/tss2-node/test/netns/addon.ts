/** The addon alone, as programs of the tests load it that cannot load TypeScript. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Channel } from '../../src/command-queue.ts';

export const addonFile =
  process.env.TSS2_NODE_ADDON ??
  fileURLToPath(new URL(`../../build/linux-${process.arch}/tss2-node.node`, import.meta.url));

/** Starts a thread that does nothing until its first job. */
export function openChannel(configuration: string): Channel {
  const addon = createRequire(import.meta.url)(addonFile) as {
    openChannel(configuration: string): Channel | string;
  };
  const channel = addon.openChannel(configuration);
  if (typeof channel === 'string') throw new TypeError(channel);
  return channel;
}

/** Runs ending.cjs, which sends one command and ends in this way. */
export function startClient(
  configuration: string,
  ending: 'worker' | 'exit' | 'idle' | 'wait',
): ChildProcess {
  const file = fileURLToPath(new URL('ending.cjs', import.meta.url));
  return spawn(process.execPath, [file], {
    env: { ...process.env, ADDON: addonFile, TCTI: configuration, ENDING: ending },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
}
