/**
 * A packet device of the kernel: the JavaScript side of `native/device.h`. Adds to it what needs JavaScript: errors,
 * and callbacks that must not run inside a method.
 *
 * A device that was started lives until `close`, like a socket; one that was not is closed by the garbage collector.
 * Once it has failed or is closed, `readBatch` gives nothing and writes are swallowed.
 */
import type { DeviceCounters, DeviceHandlers, EthernetDevice, PacketDevice } from './device.ts';
import { deviceError, type DeviceErrorContext } from './device-errors.ts';
import { StateSlot, stateSlots, type NativeDevice } from './native-devices.ts';
import { isFailure, type Failure } from './native-sockets.ts';

const unlimited = 0xffff_ffff;
const linkCheckMs = 250;
const floodCheckMs = 100;

class SharedCounters implements DeviceCounters {
  readonly #state: Float64Array;

  constructor(state: Float64Array) {
    this.#state = state;
  }

  get readPackets(): number {
    return this.#at(StateSlot.readPackets);
  }
  get readBytes(): number {
    return this.#at(StateSlot.readBytes);
  }
  get writtenPackets(): number {
    return this.#at(StateSlot.writtenPackets);
  }
  get writtenBytes(): number {
    return this.#at(StateSlot.writtenBytes);
  }
  get readMalformed(): number {
    return this.#at(StateSlot.readMalformed);
  }
  get writeRefused(): number {
    return this.#at(StateSlot.writeRefused);
  }
  get kernelDropped(): number {
    return this.#at(StateSlot.kernelDropped);
  }
  get queueDropped(): number {
    return this.#at(StateSlot.queueDropped);
  }
  get queueMarked(): number {
    return this.#at(StateSlot.queueMarked);
  }
  get controlDropped(): number {
    return this.#at(StateSlot.controlDropped);
  }

  #at(slot: number): number {
    return this.#state[slot] ?? 0;
  }
}

/** Opens a native device; `open` is given the memory that it shares with JavaScript. */
export interface KernelDeviceSource {
  open(state: Float64Array): NativeDevice | Failure;
  /** For the error when that fails. */
  context: DeviceErrorContext;
}

export class KernelPacketDevice implements PacketDevice {
  readonly name: string;
  readonly index: number;
  readonly minReadSpace: number;
  readonly counters: Readonly<DeviceCounters & { controlDropped: number }>;
  protected readonly native: NativeDevice;
  readonly #state = new Float64Array(stateSlots);
  readonly #context: DeviceErrorContext;
  #handlers: DeviceHandlers | undefined;
  #isPaused = false;
  #isClosed = false;
  #hasReported = false;
  #hasFollowUp = false;
  #linkCheck: NodeJS.Timeout | undefined;
  #floodCheck: NodeJS.Timeout | undefined;

  constructor(source: KernelDeviceSource) {
    const opened = source.open(this.#state);
    if (isFailure(opened)) throw deviceError(source.context, opened);
    this.native = opened;
    this.name = opened.name;
    this.index = opened.index;
    this.minReadSpace = opened.minReadSpace();
    this.counters = new SharedCounters(this.#state);
    this.#context = { ...source.context, problem: `interface ${opened.name} failed` };
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  start(handlers: DeviceHandlers): void {
    const failure = this.native.start(
      () => {
        if (this.#state[StateSlot.down] !== 0) this.#watchLink();
        handlers.onReadable();
      },
      () => handlers.onWritable?.(),
      (reason) => this.#report(reason),
    );
    if (failure) throw deviceError(this.#context, failure);
    this.#handlers = handlers;
    this.#followUp();
  }

  readBatch(buf: Uint8Array, offset: number, most = unlimited): number {
    const length = this.native.readBatch(buf, offset, most);
    if (this.#state[StateSlot.thinning] !== 0) this.#watchFlood();
    if (this.#state[StateSlot.pending] !== 0 || this.#state[StateSlot.failed] !== 0) {
      this.#followUp();
    }
    return length;
  }

  gather(buf: Uint8Array, offset: number): number {
    this.native.gather();
    if (this.#state[StateSlot.thinning] !== 0) this.#watchFlood();
    if (this.#state[StateSlot.failed] !== 0) this.#followUp();
    return this.takeSetAside(buf, offset);
  }

  writeBatch(buf: Uint8Array, offset: number, end: number): number {
    const length = this.native.writeBatch(buf, offset, end);
    if (this.#state[StateSlot.failed] !== 0) this.#followUp();
    // The rest will not be taken any more.
    return this.#state[StateSlot.failed] === 0 && !this.#isClosed ? length : end - offset;
  }

  pause(): void {
    this.#isPaused = true;
    this.native.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.native.resume();
    if (this.#state[StateSlot.pending] !== 0) this.#followUp();
  }

  close(): void {
    this.#isClosed = true;
    this.#handlers = undefined;
    clearInterval(this.#linkCheck);
    clearInterval(this.#floodCheck);
    this.native.close();
  }

  /** Without Ethernet headers all that is set aside are packets that stay on the link. */
  protected takeSetAside(buf: Uint8Array, offset: number): number {
    return this.native.readControl(buf, offset);
  }

  /**
   * What polling cannot report is reported in the next turn of the loop: kept packets, and a failure inside a method.
   */
  #followUp(): void {
    if (this.#hasFollowUp || this.#handlers === undefined) return;
    this.#hasFollowUp = true;
    setImmediate(() => {
      this.#hasFollowUp = false;
      const reason = this.#state[StateSlot.failed] === 0 ? undefined : this.native.failure();
      if (reason) {
        this.#report(reason);
      } else if (this.#state[StateSlot.pending] !== 0 && !this.#isPaused) {
        this.#handlers?.onReadable();
      }
    });
  }

  #report(reason: Failure): void {
    if (this.#hasReported || this.#handlers === undefined) return;
    this.#hasReported = true;
    clearInterval(this.#linkCheck);
    this.#handlers.onError(deviceError(this.#context, reason));
  }

  /** When a thinned flood ends there may be nothing more to read, so the kernel's rule is lifted from here. */
  #watchFlood(): void {
    this.#floodCheck ??= setInterval(() => {
      if (this.#state[StateSlot.thinning] !== 0) return this.native.relent();
      clearInterval(this.#floodCheck);
      this.#floodCheck = undefined;
    }, floodCheckMs).unref();
  }

  /** The kernel wakes no reader when an interface that is down already gets deleted. */
  #watchLink(): void {
    if (this.#linkCheck !== undefined || this.#isClosed) return;
    this.#linkCheck = setInterval(() => {
      const reason = this.native.checkLink();
      if (reason) this.#report(reason);
      if (this.#state[StateSlot.down] === 0) {
        clearInterval(this.#linkCheck);
        this.#linkCheck = undefined;
      }
    }, linkCheckMs).unref();
  }
}

export class KernelEthernetDevice extends KernelPacketDevice implements EthernetDevice {
  #mac: Uint8Array;

  constructor(source: KernelDeviceSource, mac: Uint8Array) {
    super(source);
    this.#mac = mac;
  }

  get mac(): Uint8Array {
    return this.#mac;
  }

  setMac(mac: Uint8Array): void {
    this.native.setMac(mac);
    this.#mac = mac.slice();
  }

  protected override takeSetAside(): number {
    return 0;
  }

  setPeer(mac: Uint8Array | undefined): void {
    this.native.setPeer(mac);
  }

  setKnown(mac: Uint8Array | undefined): boolean {
    return this.native.setKnown(mac) === undefined;
  }

  readControl(buf: Uint8Array, offset: number): number {
    return this.native.readControl(buf, offset);
  }

  sendFrame(frame: Uint8Array): boolean {
    return this.native.sendFrame(frame);
  }
}
