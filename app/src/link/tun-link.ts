/**
 * A TUN interface as the link: the host is the machine's own network stack, which has no MAC address. Everything it
 * says is in the bursts, and answers go back the same way.
 */
import type { PacketDevice } from 'tuntap2';
import type { HostAction } from '../host/host-action.ts';
import { encodeFrame } from '../wire/frame-stream.ts';
import type { Link } from './link.ts';
import { SendQueue } from './send-queue.ts';

export interface TunLinkOptions {
  readonly device: PacketDevice;
  /** Puts an address on the interface in place of the one before; absent: somebody else does. */
  readonly setAddress?: (
    addressText: string,
    previous: string | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
}

export class TunLink implements Link {
  readonly kind = 'tun';
  readonly device: PacketDevice;
  readonly mac = undefined;
  readonly #queue = new SendQueue<Uint8Array>(
    (frame) => this.device.writeBatch(frame, 0, frame.length) === frame.length,
  );
  readonly #setAddress: TunLinkOptions['setAddress'];
  #addressText: string | undefined;
  /** One change at a time; the last one may have been given up halfway. */
  #change: Promise<void> = Promise.resolve();
  #isHalfway = false;

  constructor(options: TunLinkOptions) {
    this.device = options.device;
    this.#setAddress = options.setAddress;
  }

  readControl(): number {
    return 0;
  }

  perform(actions: readonly HostAction[]): void {
    for (const action of actions) {
      if (action.type === 'send') this.#queue.send(encodeFrame(action.packet));
    }
  }

  flush(): boolean {
    return this.#queue.flush();
  }

  setAddress(addressText: string, signal: AbortSignal): Promise<void> {
    const change = this.#change.then(() => this.#changeAddress(addressText, signal));
    this.#change = change.catch(() => undefined);
    return change;
  }

  async #changeAddress(addressText: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (addressText === this.#addressText && !this.#isHalfway) return;
    this.#isHalfway = true;
    await this.#setAddress?.(addressText, this.#addressText, signal);
    signal.throwIfAborted();
    this.#isHalfway = false;
    this.#addressText = addressText;
  }

  close(): void {
    this.device.close();
  }
}
