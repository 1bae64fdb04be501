/**
 * A TUN interface as the link: the host is the machine's own network stack, which has no MAC address. Everything it
 * says is in the bursts, and answers go back the same way.
 */
import type { PacketDevice } from 'tuntap2';
import type { RouterAction } from '../router/router-action.ts';
import { encodeFrame } from '../wire/frame-stream.ts';
import type { AddressGuard } from './address-guard.ts';
import type { Link, LinkListener } from './link.ts';
import { SendQueue } from './send-queue.ts';

export interface TunLinkOptions {
  readonly device: PacketDevice;
  /** Keeps the address on the interface; absent: another program does. */
  readonly guard?: Pick<AddressGuard, 'set' | 'look' | 'problem' | 'onProblem' | 'close'>;
}

export class TunLink implements Link {
  readonly kind = 'tun';
  readonly device: PacketDevice;
  readonly mac = undefined;
  readonly #queue = new SendQueue<Uint8Array>(
    (frame) => this.device.writeBatch(frame, 0, frame.length) === frame.length,
  );
  readonly #guard: TunLinkOptions['guard'];

  constructor(options: TunLinkOptions) {
    this.device = options.device;
    this.#guard = options.guard;
  }

  setMac(): void {}

  readControl(): number {
    return 0;
  }

  perform(actions: readonly RouterAction[]): void {
    for (const action of actions) {
      if (action.type === 'send') this.#queue.send(encodeFrame(action.packet));
    }
  }

  flush(): boolean {
    return this.#queue.flush();
  }

  async setAddress(addressText: string, signal: AbortSignal): Promise<void> {
    await this.#guard?.set(addressText, signal);
  }

  get problem(): string | undefined {
    return this.#guard?.problem;
  }

  listen(listener: LinkListener): void {
    if (this.#guard !== undefined) this.#guard.onProblem = listener.problemChanged;
  }

  interfaceChanged(): void {
    this.#guard?.look();
  }

  close(): void {
    this.#guard?.close();
    this.device.close();
  }
}
