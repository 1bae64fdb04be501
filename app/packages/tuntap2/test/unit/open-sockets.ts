/** Counts descriptors for the tests that nothing leaks. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Targets of this process's descriptors, such as `socket:[4711]` or a path. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The descriptor of the listing itself.
    }
  });
}

/** All sockets but AF_UNIX streams, which the test runner opens when it pleases. */
export function openSockets(): number {
  const streams = new Set<string>();
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
    const [, , , , type, , inode] = line.split(/\s+/);
    if (type === '0001') streams.add(`socket:[${inode}]`);
  }
  return openDescriptors().filter((link) => link.startsWith('socket:') && !streams.has(link))
    .length;
}

/** Closing takes a turn of the loop or two. */
export async function socketsFallTo(count: number): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (performance.now() < deadline) {
    if (openSockets() <= count) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`${openSockets()} sockets open, expected ${count}`);
}
