/**
 * Whether this machine's processor has instructions for AES: the kernel is asked, in words where they can be read. In
 * the sandbox of the service they cannot, but what the kernel passed to this process at its start can (getauxval(3)).
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Undefined if the kernel does not report it. */
export function hasAesInstructions(arch: string = process.arch): boolean | undefined {
  return (
    aesInCpuinfo(beginOf('/proc/cpuinfo').toString('latin1')) ??
    aesInAuxv(beginOf('/proc/self/auxv'), arch)
  );
}

/** `flags` on x86, `Features` on ARM; the first processor stands for all. */
export function aesInCpuinfo(text: string): boolean | undefined {
  const features = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  return features?.split(/\s+/).includes('aes');
}

/** By architecture: size of a number, the entry of the vector, and the bit in it (linux/arch/.../hwcap.h). */
const auxvBits = new Map([
  ['arm', { bytes: 4, entry: 26, bit: 0 }],
  ['arm64', { bytes: 8, entry: 16, bit: 3 }],
]);

/** Pairs of entry and value, in the order of bytes of these machines, which is little-endian. */
export function aesInAuxv(auxv: Buffer, arch: string): boolean | undefined {
  const place = auxvBits.get(arch);
  if (place === undefined) return undefined;
  const { bytes, entry, bit } = place;
  for (let at = 0; at + 2 * bytes <= auxv.length; at += 2 * bytes) {
    // The upper half of a 64-bit entry number is zero, and the bit is in the lower half of the value.
    if (auxv.readUInt32LE(at) === entry) return ((auxv.readUInt32LE(at + bytes) >> bit) & 1) === 1;
  }
  return undefined;
}

/** More than the first processor's paragraph, or the whole vector. */
const maxBytes = 16 * 1024;

/** Empty when the file cannot be read. */
function beginOf(file: string): Buffer {
  try {
    const fd = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      return buffer.subarray(0, readSync(fd, buffer, 0, maxBytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return Buffer.alloc(0);
  }
}
