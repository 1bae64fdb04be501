/** Packets and bursts for the tests. */
import fc from 'fast-check';

/** A UDP packet over IPv6 (RFC 8200, RFC 768) with a correct checksum. */
export function udp6(options: {
  source?: string;
  destination?: string;
  payload?: Uint8Array;
  ports?: [number, number];
}): Uint8Array {
  const { source = 'fd00::1', destination = 'fd00::2', ports = [1000, 2000] } = options;
  const payload = options.payload ?? Uint8Array.of(1, 2, 3);
  const packet = Buffer.alloc(48 + payload.length);
  packet[0] = 0x60;
  packet.writeUInt16BE(8 + payload.length, 4);
  packet[6] = 17;
  packet[7] = 64;
  packet.set(ipv6(source), 8);
  packet.set(ipv6(destination), 24);
  packet.writeUInt16BE(ports[0], 40);
  packet.writeUInt16BE(ports[1], 42);
  packet.writeUInt16BE(8 + payload.length, 44);
  packet.set(payload, 48);
  packet.writeUInt16BE(upperChecksum6(packet) || 0xffff, 46);
  return packet;
}

/** The checksum that belongs into the field of an IPv6 packet without extension headers; the field counts as it is. */
export function upperChecksum6(packet: Uint8Array): number {
  const length = packet.length - 40;
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(length, 0);
  pseudo[7] = packet[6] ?? 0;
  return ~onesSum(Buffer.concat([packet.subarray(8, 40), pseudo, packet.subarray(40)])) & 0xffff;
}

export function upperChecksum4(packet: Uint8Array): number {
  const start = ((packet[0] ?? 0) & 15) * 4;
  const pseudo = Buffer.alloc(4);
  pseudo[1] = packet[9] ?? 0;
  pseudo.writeUInt16BE(packet.length - start, 2);
  return (
    ~onesSum(Buffer.concat([packet.subarray(12, 20), pseudo, packet.subarray(start)])) & 0xffff
  );
}

/** One's complement sum (RFC 1071), the slow and obvious way. */
export function onesSum(data: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += ((data[i] ?? 0) << 8) | (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** Text without embedded IPv4. */
export function ipv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => parseInt(word, 16));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

export function ethernet(
  destination: Uint8Array,
  source: Uint8Array,
  type: number,
  payload: Uint8Array,
): Uint8Array {
  return Buffer.concat([destination, source, Uint8Array.of(type >> 8, type & 0xff), payload]);
}

/** A run of frames: each packet behind its 2-byte length. */
export function burst(...packets: Uint8Array[]): Uint8Array {
  return Buffer.concat(
    packets.flatMap((packet) => [Uint8Array.of(packet.length >> 8, packet.length & 0xff), packet]),
  );
}

export function unburst(frames: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let i = 0; i < frames.length;) {
    const length = ((frames[i] ?? 0) << 8) | (frames[i + 1] ?? 0);
    packets.push(Uint8Array.from(frames.subarray(i + 2, i + 2 + length)));
    i += 2 + length;
  }
  return packets;
}

/** Small UDP packets to one address with any payload. */
export const anyPackets = (maxPayload = 1200): fc.Arbitrary<Uint8Array[]> =>
  fc.array(
    fc.uint8Array({ maxLength: maxPayload }).map((payload) => udp6({ payload })),
    { minLength: 1, maxLength: 100 },
  );
