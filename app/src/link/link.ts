/**
 * The link towards the host as the service uses it: a packet device for the data bursts, and a way to carry out what
 * the host side asks for. Two kinds: a TUN interface, and an Ethernet interface such as the USB gadget's.
 */
import type { PacketDevice } from 'tuntap2';
import type { RouterAction } from '../router/router-action.ts';

export interface LinkListener {
  /** The interface lacks something, or nothing any longer. */
  readonly problemChanged: (problem: string | undefined) => void;
}

export interface Link {
  readonly kind: 'tun' | 'ethernet';
  /** For bursts of data. Its owner is the link: close that. */
  readonly device: PacketDevice;
  /** The interface's own MAC address; undefined on a TUN. */
  readonly mac: Uint8Array | undefined;

  /** The interface has this MAC address from now on. Without effect on a TUN. */
  setMac(mac: Uint8Array): void;

  /**
   * Takes whole Ethernet frames that are not data from the device, each behind a 2-byte length, into `buf` from
   * `offset` on. Returns the bytes written; 0 when there are none, on a TUN always: there all is in the bursts.
   */
  readControl(buf: Uint8Array, offset: number): number;

  /** Sends and learns, in order. What the device refuses for now waits in a short queue. */
  perform(actions: readonly RouterAction[]): void;

  /** Call when the device has become writable: sends what waits. False: the device is full again. */
  flush(): boolean;

  /**
   * Makes `address` the interface's only tunnel address, as far as the configuration asks for it, unless it is given
   * up, and keeps it there. Rejects with an EnvironmentError.
   */
  setAddress(addressText: string, signal: AbortSignal): Promise<void>;

  /** What the interface lacks now to be of use to its host, in one line; asked of the kernel. */
  readonly problem: string | undefined;

  /** Call once. */
  listen(listener: LinkListener): void;

  /** Called on a change of the interface: checks it, and restores what belongs to the link. */
  interfaceChanged(): void;

  /** Idempotent. */
  close(): void;
}
