/**
 * Packet captures with tcpdump, read back from the pcap file (classic format, as tcpdump writes it for one
 * interface). Kernel time stamps: what is measured is the wire, not the programs at its ends.
 */
import { readFileSync, statSync } from 'node:fs';
import { ParseError } from '../../src/core/errors.ts';
import type { Namespace } from './namespace.ts';
import { labFolder, logFile } from './paths.ts';
import type { Program } from './process.ts';
import { until } from './until.ts';

export interface CapturedPacket {
  /** Seconds since 1970. */
  readonly time: number;
  /** The frame from its link header on. */
  readonly bytes: Uint8Array;
}

const counts =
  /(\d+) packets? captured, (\d+) packets? received by filter, (\d+) packets? dropped by kernel/g;
const reportsWithoutNews = 4;
const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const nanosecondMagic = 0xa1b23c4d;
const microsecondMagic = 0xa1b2c3d4;

export class Capture {
  readonly #file: string;
  readonly #tcpdump: Program;

  private constructor(file: string, tcpdump: Program) {
    this.#file = file;
    this.#tcpdump = tcpdump;
  }

  static async start(namespace: Namespace, device: string, filter = ''): Promise<Capture> {
    const file = `${labFolder}/capture-${namespace.name}-${device}-${performance.now()}.pcap`;
    const command = [
      'tcpdump',
      '-i',
      device,
      '-n',
      '-U',
      '--immediate-mode',
      '-B',
      '16384',
      '-Z',
      'root',
      '-w',
      file,
    ];
    const tcpdump = namespace.start('tcpdump', [...command, ...filter.split(' ').filter(Boolean)], {
      log: logFile('tcpdump'),
    });
    await tcpdump.until('tcpdump listens', 10, () => /listening on/.test(tcpdump.log()));
    return new Capture(file, tcpdump);
  }

  /**
   * What tcpdump has not read yet is lost when it ends: waits until it has read what the kernel holds for it now. The
   * kernel counts what came before the filter, too, which tcpdump throws away: that it reads no more, each time that it
   * runs, will do as well.
   */
  async #settle(): Promise<void> {
    const first = await this.#count();
    let last = first.captured;
    let unchanged = 0;
    await until('tcpdump to read on', 10, async () => {
      const { captured, dropped } = await this.#count();
      unchanged = captured === last ? unchanged + 1 : 0;
      last = captured;
      return captured >= first.received - dropped || unchanged >= reportsWithoutNews;
    });
  }

  /** Since the start, as tcpdump reports on a signal. */
  async #count(): Promise<{ captured: number; received: number; dropped: number }> {
    const told = () => [...this.#tcpdump.log().matchAll(counts)];
    const before = told().length;
    process.kill(this.#tcpdump.pid, 'SIGUSR1');
    const line = await this.#tcpdump.until('the counts of tcpdump', 10, () => told()[before]);
    const [captured = 0, received = 0, dropped = 0] = line.slice(1).map(Number);
    return { captured, received, dropped };
  }

  /** Packets so far; those of the last moments may still be on their way into the file. */
  packets(): CapturedPacket[] {
    return statSync(this.#file, { throwIfNoEntry: false }) === undefined
      ? []
      : parsePcap(readFileSync(this.#file));
  }

  async stop(): Promise<CapturedPacket[]> {
    if (this.#tcpdump.isRunning) await this.#settle();
    await this.#tcpdump.stop('SIGINT');
    return this.packets();
  }
}

export function parsePcap(file: Uint8Array): CapturedPacket[] {
  if (file.length < fileHeaderBytes) return [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== microsecondMagic && magic !== nanosecondMagic) {
    throw new ParseError('pcap file', 0, 'unknown magic number');
  }
  const unit = magic === nanosecondMagic ? 1e9 : 1e6;
  const packets: CapturedPacket[] = [];
  let offset = fileHeaderBytes;
  while (offset + recordHeaderBytes <= file.length) {
    const time = view.getUint32(offset, true) + view.getUint32(offset + 4, true) / unit;
    const start = offset + recordHeaderBytes;
    const end = start + view.getUint32(offset + 8, true);
    if (end > file.length) break; // still being written
    packets.push({ time, bytes: file.subarray(start, end) });
    offset = end;
  }
  return packets;
}
