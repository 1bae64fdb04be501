/**
 * Frames of an Ethernet link that are not plain data: discovery, DHCPv6, other protocols, and whatever comes from a MAC
 * that is not known yet. What they have more than a burst, the frame's own addresses, is judged here; each IPv6 packet
 * then goes through the same sorter as the bursts.
 */
import { readUint16, writeUint16 } from '../../wire/bytes.ts';
import { ethernetHeaderLength, etherType } from '../../wire/ethernet.ts';
import { frameHeaderLength, nextFrame } from '../../wire/frame-stream.ts';
import { ipv6HeaderLength, ipv6PayloadLengthOffset } from '../../wire/ipv6.ts';
import { macAddressLength, macEquals } from '../../wire/mac-address.ts';
import type { Link } from '../../link/link.ts';
import type { Clock } from '../../core/time.ts';
import type { OutboundSorter } from './outbound-sorter.ts';
import type { RouterPort } from './router-port.ts';

export interface ControlPathOptions {
  readonly link: Pick<Link, 'readControl' | 'mac'>;
  readonly sorter: Pick<OutboundSorter, 'filter'>;
  readonly routerPort: Pick<RouterPort, 'acceptsFrom' | 'ignoreFrame'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Takes a run of frames for the tunnel; valid during the call only. */
  readonly forward: (frames: Uint8Array) => void;
}

export interface ControlCounters {
  /** All frames, whatever became of them. */
  packets: number;
  /** Of them, without their Ethernet headers. */
  bytes: number;
  /** Frames cut short, or for another station. */
  ignored: number;
}

const bufferBytes = 128 * 1024;
const etherTypeOffset = 12;

export class ControlPath {
  readonly counters: ControlCounters = { packets: 0, bytes: 0, ignored: 0 };

  readonly #options: ControlPathOptions;
  readonly #buffer = new Uint8Array(bufferBytes);

  constructor(options: ControlPathOptions) {
    this.#options = options;
  }

  /** Empties the queue as far as one buffer holds it. */
  readable(): void {
    const buf = this.#buffer;
    const end = this.#options.link.readControl(buf, 0);
    for (let at = 0; at < end; at = nextFrame(buf, at)) {
      this.#receive(at + frameHeaderLength, nextFrame(buf, at));
    }
  }

  /** The Ethernet frame `buffer[frame, end)`. */
  #receive(frame: number, end: number): void {
    const buf = this.#buffer;
    const packet = frame + ethernetHeaderLength;
    this.counters.packets++;
    this.counters.bytes += Math.max(0, end - packet);
    if (packet > end || !this.#isForUs(frame)) {
      this.counters.ignored++;
      return;
    }
    const { routerPort, sorter, clock, forward } = this.#options;
    const type = readUint16(buf, frame + etherTypeOffset);
    if (type !== etherType.ipv6) return routerPort.ignoreFrame(type);

    const mac = buf.subarray(frame + macAddressLength, frame + 2 * macAddressLength);
    if (!routerPort.acceptsFrom(mac)) return;
    // The packet's length takes the place of the EtherType right before it: the rest is a tunnel frame.
    const start = packet - frameHeaderLength;
    const packetEnd = withoutPadding(buf, packet, end);
    writeUint16(buf, start, packetEnd - packet);
    const keptEnd = sorter.filter(buf, start, packetEnd, { mac, now: clock.now() });
    if (keptEnd > start) forward(buf.subarray(start, keptEnd));
  }

  /** Ours or a group's: a hub or a bridge may show us what is meant for others. */
  #isForUs(frame: number): boolean {
    const { mac } = this.#options.link;
    const isGroup = (this.#buffer[frame]! & 1) !== 0;
    return isGroup || mac === undefined || macEquals(this.#buffer, frame, mac);
  }
}

/** Short frames are filled up to 60 bytes; the packet has its own length. */
function withoutPadding(buf: Uint8Array, packet: number, end: number): number {
  if (packet + ipv6HeaderLength > end) return end;
  const packetEnd = packet + ipv6HeaderLength + readUint16(buf, packet + ipv6PayloadLengthOffset);
  return Math.min(end, packetEnd);
}
