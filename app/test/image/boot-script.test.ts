/**
 * The boot script of the cards, run by a real U-Boot with kernels that start and reset: which slot is started, in which
 * order, and when the eMMC is opened to the host. See docs/decisions/boot-chain.md.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstSector, makeBootDisk, type Slot, type SlotContent } from './boot/boot-disk.ts';
import {
  boot,
  deviceTree,
  type BootEvent,
  type BootResult,
  type BootVariables,
} from './boot/u-boot.ts';

interface Case {
  readonly variables?: BootVariables;
  readonly slots?: Partial<Record<Slot, SlotContent>>;
  readonly expected: readonly BootEvent[];
  /** The variables that are saved after the last of these events. */
  readonly saved?: BootVariables;
}

const [a, b] = ['kernel A', 'kernel B'] as const;

describe('boot script', function () {
  this.timeout(600_000);
  let folder: string;
  let tree: Buffer;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'boot-script-'));
    tree = deviceTree(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function start(
    { variables = {}, slots = {}, expected }: Case,
    drive?: string,
  ): Promise<BootResult> {
    const disk = makeBootDisk(folder, { A: 'kernel', B: 'kernel', ...slots }, tree);
    return boot({ folder, disk, drive, variables, events: expected.length });
  }

  const order = (text: string, left: readonly [string, string] = ['3', '3']): BootVariables => ({
    BOOT_ORDER: text,
    BOOT_A_LEFT: left[0],
    BOOT_B_LEFT: left[1],
  });

  const table: [string, Case][] = [
    [
      'starts a slot as often as it has attempts, then the other, then counts again',
      { expected: [a, a, a, b, b, b, a, a, a, a, b] },
    ],
    ['takes the attempt before the start', { expected: [a], saved: order('A B', ['2', '3']) }],
    ['starts slot B when the order says so', { variables: order('B A'), expected: [b, b, b, a] }],
    [
      'counts fifteen attempts of a version that has proved itself',
      { variables: order('B A', ['3', 'f']), expected: [...Array<BootEvent>(15).fill(b), a] },
    ],
    [
      'goes on to the other slot when one has no kernel',
      { slots: { A: 'no kernel' }, expected: [b, b, b, b] },
    ],
    [
      'goes on to the other slot when a kernel is damaged',
      { slots: { A: 'damaged kernel' }, expected: [b, b, b, b] },
    ],
    [
      'starts both slots again when both have used up their attempts',
      { variables: order('B A', ['0', '0']), expected: [b, b], saved: order('B A', ['3', '2']) },
    ],
    ['repairs an empty order', { variables: order(''), expected: [a], saved: order('A B') }],
    [
      'starts the slot that has a kernel though the order is empty',
      { variables: order('', ['0', '0']), slots: { A: 'nothing' }, expected: [b, b] },
    ],
    [
      'starts a slot that the order leaves out when the other has lost its kernel',
      {
        variables: order('A', ['3', '0']),
        slots: { A: 'no kernel' },
        expected: [b],
        saved: order('A B'),
      },
    ],
    ['repairs a damaged order', { variables: order('C (D'), expected: [a], saved: order('A B') }],
    [
      'ignores what is neither A nor B',
      { variables: order('C B'), expected: [b], saved: order('C B', ['3', '2']) },
    ],
    [
      'starts without any of its variables',
      {
        variables: { BOOT_ORDER: undefined, BOOT_A_LEFT: undefined, BOOT_B_LEFT: undefined },
        expected: [a, a],
        saved: order('A B', ['2', '3']),
      },
    ],
    [
      'counts a damaged number as none',
      { variables: order('A B', ['x', '3']), expected: [b], saved: order('A B', ['x', '2']) },
    ],
    [
      'offers the disk when the slots hold no kernel',
      { slots: { A: 'no kernel', B: 'no kernel' }, expected: ['disk'] },
    ],
    [
      'offers the disk when the slots hold nothing',
      { slots: { A: 'nothing', B: 'nothing' }, expected: ['disk'] },
    ],
    [
      'keeps the disk when a slot holds a kernel, even a damaged one',
      { slots: { A: 'damaged kernel', B: 'nothing' }, expected: ['reset', 'reset'] },
    ],
  ];
  for (const [name, given] of table) {
    it(name, async () => {
      const { events, saved, console } = await start(given);
      assert.deepEqual(events.slice(0, given.expected.length), given.expected, console);
      if (given.saved !== undefined) assert.deepEqual(saved, given.saved, console);
    });
  }

  it('offers the disk when there is no partition table', async () => {
    const disk = makeBootDisk(folder, { A: 'nothing', B: 'nothing' }, tree);
    writeFileSync(disk, Buffer.alloc(8 << 20));
    const { events, console } = await boot({ folder, disk, variables: {}, events: 1 });
    assert.deepEqual(events, ['disk'], console);
  });

  /** Reads of these sectors fail. */
  function unreadable(sectors: readonly number[]): string {
    const rules = sectors.map(
      (sector) => `[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "${sector}"\n`,
    );
    writeFileSync(path.join(folder, 'errors'), rules.join('\n'));
    return `driver=raw,file.driver=blkdebug,file.config=${path.join(folder, 'errors')},file.image.driver=file,file.image.filename=${path.join(folder, 'disk.img')}`;
  }

  const damage: [string, readonly number[]][] = [
    ['the partition table', [0]],
    ['the start of slot A', [firstSector.A, firstSector.A + 2]],
    ['the start of both slots', [firstSector.A + 2, firstSector.B + 2]],
  ];
  for (const [what, sectors] of damage) {
    it(`keeps the disk when ${what} cannot be read`, async () => {
      const given: Case = {
        slots: { A: 'no kernel', B: 'no kernel' },
        expected: ['reset', 'reset'],
      };
      const { events, console } = await start(given, unreadable(sectors));
      assert.deepEqual(events, given.expected, console);
    });
  }

  it('starts a kernel when the other slot cannot be read', async () => {
    const { events, console } = await start({ expected: [b, b] }, unreadable([firstSector.A + 2]));
    assert.deepEqual(events, [b, b], console);
  });
});
