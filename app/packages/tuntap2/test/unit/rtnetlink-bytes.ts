/** Netlink messages as the kernel writes them, byte by byte, in this machine's own order. */
import { endianness } from 'node:os';

const little = endianness() === 'LE';

export function u16(value: number): number[] {
  return little ? [value & 0xff, value >> 8] : [value >> 8, value & 0xff];
}

export function u32(value: number): number[] {
  const bytes = [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
  return little ? bytes : bytes.reverse();
}

export function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

export function attribute(type: number, value: number[]): number[] {
  return padded([...u16(4 + value.length), ...u16(type), ...value]);
}

export function message(type: number, body: number[], flags = 0): number[] {
  const header = [...u32(16 + body.length), ...u16(type), ...u16(flags), ...u32(0), ...u32(0)];
  return padded([...header, ...body]);
}

export function text(value: string): number[] {
  return [...new TextEncoder().encode(value), 0];
}

/** RTM_NEWLINK and RTM_DELLINK. */
export const newLink = 16;
export const delLink = 17;

export function link(index: number, flags: number, ...attributes: number[][]): number[] {
  return [0, 0, ...u16(1), ...u32(index), ...u32(flags), ...u32(0), ...attributes.flat()];
}

function padded(bytes: number[]): number[] {
  return [...bytes, ...zeros(-bytes.length & 3)];
}
