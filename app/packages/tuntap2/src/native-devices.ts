/**
 * What the addon's device half offers, exactly as `native/devices.cc` registers it. A call that the kernel refuses
 * returns a `Failure`; one with wrong arguments throws.
 */
import { loadAddon } from './native.ts';
import type { Failure } from './native-sockets.ts';

/** Places in the Float64Array that native code keeps up to date; the same order as `native/state.h`. */
export const StateSlot = {
  readPackets: 0,
  readBytes: 1,
  writtenPackets: 2,
  writtenBytes: 3,
  readMalformed: 4,
  writeRefused: 5,
  controlDropped: 6,
  kernelDropped: 7,
  queueDropped: 8,
  queueMarked: 9,
  thinning: 10,
  pending: 11,
  down: 12,
  failed: 13,
} as const;
export const stateSlots = 14;

/**
 * Which frames of an interface a packet socket delivers; the same order as in `native/packet_port.h`. Data: IPv6 to an
 * address that is neither multicast nor link-local. Control: all others, from the known host or from anybody else.
 */
export const FrameShare = { data: 0, knownControl: 1, otherControl: 2 } as const;

export interface NativeDevice {
  readonly name: string;
  readonly index: number;
  start(
    onReadable: () => void,
    onWritable: () => void,
    onFailure: (failure: Failure) => void,
  ): Failure | undefined;
  readBatch(buf: Uint8Array, offset: number, most: number): number;
  gather(): void;
  relent(): void;
  writeBatch(buf: Uint8Array, offset: number, end: number): number;
  sendFrame(frame: Uint8Array): boolean;
  readControl(buf: Uint8Array, offset: number): number;
  setPeer(mac: Uint8Array | undefined): void;
  setMac(mac: Uint8Array): void;
  setKnown(mac: Uint8Array | undefined): Failure | undefined;
  pause(): void;
  resume(): void;
  /** Whether the interface is gone; brings the slot `down` up to date. */
  checkLink(): Failure | undefined;
  /** Why the slot `failed` is set. */
  failure(): Failure | undefined;
  minReadSpace(): number;
  close(): void;
}

/** What stands for "leave as it is" in an unsigned number. */
export const unchanged = 0xffff_ffff;

export interface DeviceAddon {
  openTun(
    options: {
      node: string;
      name: string;
      tap: boolean;
      offload: boolean;
      fairQueue: boolean;
      persist: number;
      owner: number;
      group: number;
    },
    state: Float64Array,
    mac: Uint8Array,
  ): NativeDevice | Failure;
  /** Stores the interface's address in `mac`. */
  openEthernet(
    options: {
      name: string;
      offload: boolean;
      fairQueue: boolean;
      receiveBufferBytes: number;
      sendBufferBytes: number;
      /** A value of `FrameShare`. */
      share: number;
    },
    state: Float64Array,
    mac: Uint8Array,
  ): NativeDevice | Failure;
}

export function deviceAddon(): DeviceAddon {
  return loadAddon<DeviceAddon>();
}
