/**
 * An Ethernet interface as the link: the host is the one station at the other end of the cable. Data goes to its MAC
 * once that is known; what the router says may name a destination of its own.
 */
import type { EthernetDevice } from 'tuntap2';
import type { RouterAction } from '../router/router-action.ts';
import { encodeEthernet, etherType } from '../wire/ethernet.ts';
import { encodeFrame } from '../wire/frame-stream.ts';
import type { Link } from './link.ts';
import { SendQueue } from './send-queue.ts';

/** `frame`: a whole Ethernet frame. `burst`: a packet behind its length, which gets the device's own header. */
type Message = { readonly as: 'frame' | 'burst'; readonly bytes: Uint8Array };

export class EthernetLink implements Link {
  readonly kind = 'ethernet';
  readonly device: EthernetDevice;
  readonly problem = undefined;
  readonly #queue = new SendQueue<Message>((message) => this.#transmit(message));

  constructor(device: EthernetDevice) {
    this.device = device;
  }

  get mac(): Uint8Array {
    return this.device.mac;
  }

  setMac(mac: Uint8Array): void {
    this.device.setMac(mac);
  }

  readControl(buf: Uint8Array, offset: number): number {
    return this.device.readControl(buf, offset);
  }

  perform(actions: readonly RouterAction[]): void {
    for (const action of actions) this.#perform(action);
  }

  flush(): boolean {
    return this.#queue.flush();
  }

  /** The address is the host's: the card's own interface has none. */
  setAddress(): Promise<void> {
    return Promise.resolve();
  }

  listen(): void {}

  interfaceChanged(): void {}

  close(): void {
    this.device.close();
  }

  #perform(action: RouterAction): void {
    switch (action.type) {
      case 'send':
        return this.#queue.send(this.#message(action.packet, action.destinationMac));
      case 'learn':
        this.device.setPeer(action.mac);
        // Where the kernel refuses, the host's questions share the queue of all others.
        this.device.setKnown(action.mac);
        return;
      case 'forget':
        this.device.setPeer(undefined);
        this.device.setKnown(undefined);
        return;
    }
  }

  #message(packet: Uint8Array, destination: Uint8Array | undefined): Message {
    if (destination === undefined) return { as: 'burst', bytes: encodeFrame(packet) };
    const header = { destination, source: this.mac, etherType: etherType.ipv6 };
    return { as: 'frame', bytes: encodeEthernet(header, packet) };
  }

  #transmit({ as, bytes }: Message): boolean {
    if (as === 'frame') return this.device.sendFrame(bytes);
    return this.device.writeBatch(bytes, 0, bytes.length) === bytes.length;
  }
}
