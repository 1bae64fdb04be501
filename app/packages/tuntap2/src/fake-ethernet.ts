/** The Ethernet device in memory: FakeDevice with Ethernet headers and the queue of control frames. */
import type { EthernetDevice } from './device.ts';
import {
  checkRange,
  FakeDevice,
  isMulticastOrLinkLocal,
  packetVersion,
  putFrame,
  type FakeDeviceOptions,
} from './fake-packet-device.ts';

const headerSize = 14;
const maxControlFrame = 2048;
const controlCapacity = 128 * 1024;
const etherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 };
const allNodes = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

export interface FakeEthernetOptions extends FakeDeviceOptions {
  mac?: Uint8Array;
}

export class FakeEthernetDevice extends FakeDevice implements EthernetDevice {
  #mac: Uint8Array;
  readonly #control: Uint8Array[] = [];
  #controlBytes = 0;
  #peer: Uint8Array | undefined;

  constructor(options: FakeEthernetOptions = {}) {
    super(options);
    this.#mac = options.mac ?? Uint8Array.of(0x02, 0, 0, 0, 0, 1);
  }

  get mac(): Uint8Array {
    return this.#mac;
  }

  setMac(mac: Uint8Array): void {
    if (mac.length !== 6) throw new RangeError('a MAC address has 6 bytes');
    this.#mac = mac.slice();
  }

  setPeer(mac: Uint8Array | undefined): void {
    if (mac && mac.length !== 6) throw new RangeError('a MAC address has 6 bytes');
    this.#peer = mac && Uint8Array.from(mac);
  }

  /** There is one queue; nothing is crowded out of it that a test does not crowd out. */
  setKnown(mac: Uint8Array | undefined): boolean {
    if (mac && mac.length !== 6) throw new RangeError('a MAC address has 6 bytes');
    return true;
  }

  readControl(buf: Uint8Array, offset: number): number {
    checkRange(buf, offset, buf.length);
    if (buf.length - offset < 2 + maxControlFrame) {
      throw new RangeError('readControl needs 2050 free bytes');
    }
    let used = 0;
    for (;;) {
      const frame = this.#control[0];
      if (frame === undefined || buf.length - offset - used < 2 + frame.length) break;
      this.#control.shift();
      used += putFrame(buf, offset + used, frame);
    }
    this.#controlBytes -= used;
    return used;
  }

  sendFrame(frame: Uint8Array): boolean {
    if (frame.length <= headerSize || frame.length > headerSize + 0xffff) {
      throw new RangeError('an Ethernet frame has 15 to 65549 bytes');
    }
    return this.send(Uint8Array.from(frame), frame.length - headerSize);
  }

  protected override receive(frame: Uint8Array): Uint8Array | undefined {
    if (this.#isData(frame)) return super.receive(frame.subarray(headerSize));
    const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
    if (frame.length < headerSize || type === etherType.vlan || type === etherType.serviceVlan) {
      this.counters.readMalformed++;
    } else if (
      frame.length > maxControlFrame ||
      this.#controlBytes + 2 + frame.length > controlCapacity
    ) {
      this.counters.controlDropped++;
    } else {
      this.#control.push(frame);
      this.#controlBytes += 2 + frame.length;
    }
    return undefined;
  }

  /** Control frames are set aside. */
  protected override isForLink(frame: Uint8Array): boolean {
    return !this.#isData(frame);
  }

  #isData(frame: Uint8Array): boolean {
    return (
      this.#peer !== undefined &&
      startsWith(frame, 0, this.mac) &&
      startsWith(frame, 6, this.#peer) &&
      startsWith(frame, 12, Uint8Array.of(etherType.ipv6 >> 8, etherType.ipv6 & 0xff)) &&
      packetVersion(frame.subarray(headerSize)) === 6 &&
      !isMulticastOrLinkLocal(frame, headerSize + 24)
    );
  }

  protected override encapsulate(packet: Uint8Array): Uint8Array | undefined {
    const version = packetVersion(packet);
    if (version === 0) return undefined;
    const type = version === 6 ? etherType.ipv6 : etherType.ipv4;
    const frame = new Uint8Array(headerSize + packet.length);
    frame.set(this.#destination(packet, version));
    frame.set(this.mac, 6);
    frame[12] = type >> 8;
    frame[13] = type & 0xff;
    frame.set(packet, headerSize);
    return frame;
  }

  #destination(packet: Uint8Array, version: 4 | 6): Uint8Array {
    if (!this.#peer) return allNodes;
    if (version === 6 && packet[24] === 0xff) {
      return Uint8Array.of(0x33, 0x33, ...packet.subarray(36, 40));
    }
    if (version === 4 && ((packet[16] ?? 0) & 0xf0) === 0xe0) {
      const [, b = 0, c = 0, d = 0] = packet.subarray(16, 20);
      return Uint8Array.of(0x01, 0x00, 0x5e, b & 0x7f, c, d);
    }
    return this.#peer;
  }
}

function startsWith(data: Uint8Array, offset: number, expected: Uint8Array): boolean {
  return expected.every((byte, i) => data[offset + i] === byte);
}
