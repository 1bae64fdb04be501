/** What the JavaScript side of a device adds, over a native side that the test plays. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelEthernetDevice } from '../../src/kernel-device.ts';
import { StateSlot, type NativeDevice } from '../../src/native-devices.ts';
import { SplitEthernetDevice } from '../../src/split-ethernet-device.ts';

const mac = Uint8Array.of(2, 0, 0x5e, 0x10, 0, 1);

class FakeNative {
  readonly name = 'usb0';
  readonly index = 7;
  readonly macs: string[] = [];
  relents = 0;
  /** After how many the flood is over. */
  floodLasts = 0;
  state!: Float64Array;

  minReadSpace(): number {
    return 2050;
  }
  readBatch(): number {
    return 0;
  }
  relent(): void {
    this.relents++;
    if (this.relents >= this.floodLasts) this.state[StateSlot.thinning] = 0;
  }
  setMac(mac: Uint8Array): void {
    this.macs.push(Buffer.from(mac).toString('hex'));
  }
  close(): void {}
}

function open(): { native: FakeNative; device: KernelEthernetDevice } {
  const native = new FakeNative();
  const context = { syscall: 'socket', problem: 'cannot open usb0' };
  const device = new KernelEthernetDevice(
    {
      context: context as never, // No error is made here.
      open: (state) => {
        native.state = state;
        return native as unknown as NativeDevice; // What the methods under test call.
      },
    },
    mac,
  );
  return { native, device };
}

async function until(what: string, isReached: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isReached(); i++) await sleep(10);
  assert.ok(isReached(), what);
}

describe('a device of the kernel', () => {
  it('relents after each flood until it is over', async () => {
    const { native, device } = open();
    try {
      for (const flood of [1, 2]) {
        native.floodLasts = native.relents + 2;
        native.state[StateSlot.thinning] = 1;
        device.readBatch(new Uint8Array(2050), 0);
        await until(`flood ${flood} is over`, () => native.state[StateSlot.thinning] === 0);
        assert.equal(native.relents, 2 * flood);
        // The next look finds that nothing is thinned, and is the last.
        await sleep(250);
      }
      assert.equal(native.relents, 4);
    } finally {
      device.close();
    }
  });

  it('made of three sockets has one MAC', () => {
    const [data, knownControl, otherControl] = [open(), open(), open()];
    const device = new SplitEthernetDevice({
      data: data.device,
      knownControl: knownControl.device,
      otherControl: otherControl.device,
    });
    const other = Uint8Array.of(2, 0, 0x5e, 0x10, 0, 2);
    device.setMac(other);
    assert.deepEqual(device.mac, other);
    for (const { native } of [data, knownControl, otherControl]) {
      assert.deepEqual(native.macs, ['02005e100002']);
    }
    device.close();
  });
});
