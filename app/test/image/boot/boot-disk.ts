/** A disk laid out as a card's eMMC, scaled down: boot partition, two slots with file systems, `/data`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { kernelStub } from './kernel-stub.ts';

export type Slot = 'A' | 'B';

/**
 * What a slot holds: a kernel that starts; a damaged one, which `bootz` refuses; a file system without one; or nothing,
 * not even a file system.
 */
export type SlotContent = 'kernel' | 'damaged kernel' | 'no kernel' | 'nothing';

const sectorBytes = 512;
const slotSectors = 8192;
const starts = [2048, 4096, 4096 + slotSectors, 4096 + 2 * slotSectors];
const sizes = [2048, slotSectors, slotSectors, slotSectors];

/** First sector of a slot, counted from the start of the disk. */
export const firstSector: Readonly<Record<Slot, number>> = { A: 4096, B: 4096 + slotSectors };

/** Writes `folder/disk.img`. `deviceTree` is put beside each kernel. */
export function makeBootDisk(
  folder: string,
  slots: Readonly<Record<Slot, SlotContent>>,
  deviceTree: Buffer,
): string {
  const disk = path.join(folder, 'disk.img');
  const bytes = Buffer.alloc((4096 + 3 * slotSectors) * sectorBytes);
  starts.forEach((start, index) => {
    const entry = 446 + 16 * index;
    bytes[entry + 4] = index === 0 ? 0x0c : 0x83;
    bytes.writeUInt32LE(start, entry + 8);
    bytes.writeUInt32LE(sizes[index] ?? 0, entry + 12);
  });
  bytes.set([0x55, 0xaa], 510);
  for (const slot of ['A', 'B'] as const) {
    if (slots[slot] === 'nothing') continue;
    makeFileSystem(folder, slot, slots[slot], deviceTree).copy(
      bytes,
      firstSector[slot] * sectorBytes,
    );
  }
  writeFileSync(disk, bytes);
  return disk;
}

function makeFileSystem(
  folder: string,
  slot: Slot,
  content: SlotContent,
  deviceTree: Buffer,
): Buffer {
  const root = path.join(folder, `root-${slot}`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(path.join(root, 'boot'), { recursive: true });
  if (content !== 'no kernel') {
    const kernel = kernelStub(`kernel ${slot}`);
    if (content === 'damaged kernel') kernel.fill(0);
    writeFileSync(path.join(root, 'boot', 'zImage'), kernel);
    writeFileSync(path.join(root, 'boot', 'card.dtb'), deviceTree);
  }
  const image = path.join(folder, `${slot}.ext4`);
  const file = openSync(image, 'w');
  writeSync(file, Buffer.alloc(1), 0, 1, slotSectors * sectorBytes - 1);
  closeSync(file);
  const made = spawnSync('/usr/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-d', root, image]);
  assert.equal(made.status, 0, made.stderr.toString());
  return readFileSync(image);
}
