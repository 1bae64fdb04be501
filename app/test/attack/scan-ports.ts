/**
 * Scans the ports of one address: TCP connections from the host's kernel, each given up at once or kept.
 *
 *   scan-ports.ts scan ADDRESS[%ZONE] OPEN FIRST-LAST...
 *       prints the ports that accepted, as JSON; OPEN is a port that is known to accept
 *   scan-ports.ts hold ADDRESS[%ZONE] PORT COUNT
 *       opens connections and sends a request byte by byte on each, until killed
 *   scan-ports.ts flood INTERFACE MAC COUNT [KIND]
 *       sends frames from many addresses to fe80::1 as fast as they go: SYN or ACK to port 80, or neighbour
 *       solicitations (syn, ack, solicit); prints how many seconds that took
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEthernet } from 'tuntap2';
import { solicitation } from '../harness/host-frames.ts';
import { writeUint16 } from '../../src/wire/bytes.ts';
import { messageChecksum } from '../../src/wire/checksum.ts';
import { encodeEthernet, etherType } from '../../src/wire/ethernet.ts';
import { parseIpv6, routerAddress } from '../../src/wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../../src/wire/ipv6.ts';
import { parseMac } from '../../src/wire/mac-address.ts';

const [command, target = '', first = '0', ...rest] = process.argv.slice(2);
const atATime = 500;
const longestMs = 60_000;
/** For the others, when the open port has answered. */
const graceMs = 250;
const differentFrames = 1024;

if (command === 'scan') await scan(target, Number(first), rest);
else if (command === 'hold') hold(target, Number(first), Number(rest[0]));
else flood(target, first, Number(rest[0]), rest[1] ?? 'syn');

/** A closed port looks like a slow machine; so the port that is open is knocked at beside the others. */
async function scan(host: string, knownOpen: number, ranges: readonly string[]): Promise<void> {
  const ports = ranges.flatMap((range) => {
    const [from = 0, to = 0] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  const open = new Set<number>();
  for (let at = 0; at < ports.length; at += atATime) {
    const knocks = [knownOpen, ...ports.slice(at, at + atATime)].map((port) => {
      const socket = connect({ host, port });
      socket.on('error', () => undefined);
      socket.on('connect', () => open.add(port));
      return socket;
    });
    const known = knocks[0]!;
    const tooLate = setTimeout(() => known.destroy(), longestMs);
    await new Promise((resolve) => known.once('connect', resolve).once('close', resolve));
    clearTimeout(tooLate);
    await sleep(graceMs);
    for (const socket of knocks) socket.destroy();
  }
  console.log(JSON.stringify([...open]));
}

function hold(host: string, port: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const socket = connect({ host, port });
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      socket.write('GET / HTTP/1.1\r\nX: ');
      console.log('held');
    });
    socket.on('close', () => console.log('closed'));
    setInterval(() => socket.write('x'), 500);
  }
}

function flood(name: string, mac: string, count: number, kind: string): void {
  const device = openEthernet({ name });
  const tcp = new Uint8Array(20);
  const flags = kind === 'ack' ? 0x10 : 0x02;
  tcp.set([0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff]);
  const destination = parseMac(mac) ?? device.mac;
  const header = { destination, source: device.mac, etherType: etherType.ipv6 };
  const frames = Array.from({ length: differentFrames }, (_, i) => {
    tcp[0] = i >> 8;
    tcp[1] = i;
    const source = parseIpv6(`fe80::${i.toString(16)}:5`) ?? routerAddress;
    if (kind === 'solicit')
      return solicitation(routerAddress, { mac: device.mac, address: source });
    const addresses = { source, destination: routerAddress };
    tcp.fill(0, 16, 18);
    writeUint16(tcp, 16, messageChecksum(addresses, nextHeader.tcp, tcp));
    const ip = { ...addresses, nextHeader: nextHeader.tcp, hopLimit: 64 };
    return encodeEthernet(header, encodeIpv6(ip, tcp));
  });
  const start = performance.now();
  for (let sent = 0; sent < count;) if (device.sendFrame(frames[sent % differentFrames]!)) sent++;
  device.close();
  console.log(JSON.stringify((performance.now() - start) / 1000));
}
