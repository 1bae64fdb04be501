/**
 * What every packet device can do, real or fake. Packets move in bursts: a burst is a run of frames in one
 * buffer, each frame a 2-byte big-endian length followed by one whole IPv4 or IPv6 packet of that length.
 *
 * The caller owns every buffer. `readBatch` and `writeBatch` are synchronous, keep no reference to the buffer
 * after they return, and `writeBatch` does not modify it. A range outside the buffer, or a burst that ends inside a
 * frame, is a bug of the caller and throws a RangeError.
 *
 * Once it has failed (`onError`) or is closed, a device gives nothing to read and swallows what is written. A device
 * that was started lives until `close`, and keeps the event loop alive while it is not paused.
 */

/** Called on the loop thread, at most once per burst, never from inside a call of a device method. */
export interface DeviceHandlers {
  /** There is something to read: call `readBatch` until it returns 0 or you have had enough. */
  onReadable(): void;
  /** The device takes packets again after a short `writeBatch` or a refused `sendFrame`. */
  onWritable?(): void;
  /** The device failed and has stopped reading (for example ENETDOWN, or the interface was deleted). */
  onError(error: Error): void;
}

/** All counters only grow; 64-bit counts as numbers. */
export interface DeviceCounters {
  readPackets: number;
  readBytes: number;
  writtenPackets: number;
  writtenBytes: number;
  /** Read from the kernel but unusable: truncated, bad offload header, not IP. */
  readMalformed: number;
  /** Handed to the kernel, which refused the packet itself (EINVAL, EMSGSIZE, ENOBUFS). */
  writeRefused: number;
  /**
   * The kernel had no room for them, because they were not read in time, or refused them as a part of a flood (about as
   * many). Only Ethernet devices learn of these.
   */
  kernelDropped: number;
  /** Dropped by the device's own queue; and packets that it marked instead, as congestion experienced (ECN). */
  queueDropped: number;
  queueMarked: number;
}

export interface PacketDevice {
  /** Name the kernel gave the interface. */
  readonly name: string;
  /** Interface index. */
  readonly index: number;
  readonly closed: boolean;
  readonly counters: Readonly<DeviceCounters>;

  /** Registers with the event loop. Call once; callbacks come only after this. */
  start(handlers: DeviceHandlers): void;

  /**
   * Drains the device into `buf` from `offset` on, up to 64 packets from the kernel per call (a segmented
   * super-packet counts as one and fills several frames). Returns the number of bytes written into `buf`, whole
   * frames only; 0 when the device has nothing more. Needs at least `minReadSpace` bytes free. Packets that did not
   * fit are kept for the next call, and `onReadable` comes again for them.
   *
   * Stops once `most` bytes are there, for a caller whose way out is slow: at least one packet is read if there is one,
   * and a super-packet may exceed the limit.
   *
   * With a fair queue, while more arrives than is read, packets are taken in turns from each flow (addresses, protocol,
   * ports): a flow that sends little overtakes those that send much, and one that sends too much loses its own packets.
   * Order within a flow is kept.
   */
  readBatch(buf: Uint8Array, offset: number, most?: number): number;
  /**
   * For a caller that takes nothing now, instead of `readBatch`: moves what the kernel has into the device's own queue,
   * so that nothing is lost in front of it. Writes to `buf` only packets to link-local or multicast destinations, as a
   * burst, and returns their bytes: their answers cannot wait. On an Ethernet interface they are control frames:
   * see `readControl`. Does nothing on a device without a fair queue. Needs 2050 bytes free.
   */
  gather(buf: Uint8Array, offset: number): number;
  /** Free bytes that `readBatch` must be given. */
  readonly minReadSpace: number;

  /**
   * Writes the frames in `buf[offset, end)`. Returns the number of bytes consumed, always whole frames; less than
   * `end - offset` when the kernel answered EAGAIN, after which `onWritable` is called once. A packet that the
   * kernel refuses for its own sake is counted, consumed and skipped.
   */
  writeBatch(buf: Uint8Array, offset: number, end: number): number;

  /**
   * Stops and restarts the calls of `onReadable` (back-pressure). Both are idempotent. On an Ethernet interface only
   * data is held back: control frames go on being announced.
   */
  pause(): void;
  resume(): void;

  /** Idempotent; safe inside a callback; no callback comes after it. */
  close(): void;
}

/**
 * A PacketDevice on an Ethernet interface. The burst carries packets without their Ethernet header. VLAN-tagged frames
 * are refused, and frames for another station's unicast address are not seen.
 *
 * An interface that is taken down has not failed: what is written meanwhile is counted as refused, and reading goes on
 * when it comes up again. One that is deleted has.
 */
export interface EthernetDevice extends PacketDevice {
  /** The interface's own MAC address, 6 bytes: read when the device was opened, or the last one given to `setMac`. */
  readonly mac: Uint8Array;

  /** Adopts the interface's new MAC address: frames to it are received as data, and frames are sent from it. */
  setMac(mac: Uint8Array): void;

  /**
   * The one MAC address at the other end, 6 bytes, or undefined while it is not known. Frames written by
   * `writeBatch` go to it, multicast packets to 33:33 + last four address bytes (RFC 2464 section 7); with no peer
   * every packet goes to the all-nodes multicast MAC 33:33:00:00:00:01.
   */
  setPeer(mac: Uint8Array | undefined): void;

  /**
   * The MAC address whose control frames have a queue of their own, which is read first: what others send, however
   * much, cannot crowd them out. Undefined: all share one queue, as at the beginning. No frame is lost by the
   * change; one that comes meanwhile may be seen twice. False when the kernel refuses: then all share one queue.
   */
  setKnown(mac: Uint8Array | undefined): boolean;

  /**
   * `readBatch` puts into the burst only data: IPv6 frames from the peer's MAC to our MAC whose destination address
   * is neither multicast (ff00::/8) nor link-local (fe80::/10). Every other frame (neighbour discovery, DHCPv6, IPv4,
   * ARP, frames from a MAC not yet known) is set aside whole, with its Ethernet header, in a bounded queue that this
   * drains: each behind a 2-byte big-endian length, checksums complete. Returns the bytes written into `buf`; 0
   * when the queue is empty. Needs at least 2050 bytes free. The queue holds 128 KiB; what does not fit, frames longer
   * than 2048 bytes and super-packets are dropped and counted in `controlDropped`.
   */
  readControl(buf: Uint8Array, offset: number): number;

  /** Sends one whole Ethernet frame (14-byte header included). False when the kernel answered EAGAIN: not sent. */
  sendFrame(frame: Uint8Array): boolean;

  readonly counters: Readonly<DeviceCounters & { controlDropped: number }>;
}
