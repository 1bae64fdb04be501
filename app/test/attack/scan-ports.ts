/**
 * Connects to many ports of one address from the host's kernel, holds connections open, or floods the port of the page
 * with frames from many addresses.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEthernet } from 'tuntap2';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { UsageError } from '../../src/platform/command-line/usage-error.ts';
import { solicitation } from '../harness/host-frames.ts';
import { count, oneOf, startTool, toolStatus } from '../harness/tool.ts';
import { writeUint16 } from '../../src/wire/bytes.ts';
import { messageChecksum } from '../../src/wire/checksum.ts';
import { encodeEthernet, etherType } from '../../src/wire/ethernet.ts';
import { parseIpv6, routerAddress } from '../../src/wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../../src/wire/ipv6.ts';
import { parseMac } from '../../src/wire/mac-address.ts';

const atATime = 500;
const longestMs = 60_000;
/** How long the other ports may take after the open one has answered. */
const graceMs = 250;
const differentFrames = 1024;

const floodKinds = ['syn', 'ack', 'solicit'] as const;
type FloodKind = (typeof floodKinds)[number];

const table = {
  program: 'scan-ports',
  about: [
    'Probes one address with TCP connections of the kernel, or with frames from many addresses.',
    `TARGET is an address, with %INTERFACE if it is link-local. A KIND of flood is ${floodKinds.join(', ')} (default
     syn).`,
  ],
  commands: {
    scan: {
      operand: 'TARGET OPEN FIRST-LAST...',
      options: {},
      help: 'print the ports that accept, as JSON; OPEN is a port that is known to accept',
    },
    hold: {
      operand: 'TARGET PORT COUNT',
      options: {},
      help: 'open connections and send a request byte by byte on each, until killed',
    },
    flood: {
      operand: 'INTERFACE MAC COUNT [KIND]',
      options: {},
      help: 'send frames from many addresses to fe80::1, and print how many seconds that took',
    },
  },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  scan: ({ operands: [target = '', open = '', ...ranges] }) => {
    const knownOpen = count('OPEN', open);
    const ports = ranges.flatMap(portsOf);
    return () => scan(target, knownOpen, ports);
  },
  hold: ({ operands: [target = '', port = '', total = ''] }) => {
    const plan = { port: count('PORT', port), connections: count('COUNT', total) };
    return () => hold(target, plan.port, plan.connections);
  },
  flood: ({ operands: [name = '', mac = '', total = '', kind = 'syn'] }) => {
    const destination = parseMac(mac);
    if (destination === undefined) throw new UsageError(`MAC is a MAC address, not "${mac}"`);
    const plan = { frames: count('COUNT', total), kind: oneOf('KIND', floodKinds, kind) };
    return () => Promise.resolve(flood(name, destination, plan.frames, plan.kind));
  },
});

function portsOf(range: string): number[] {
  const bounds = /^(\d{1,5})-(\d{1,5})$/.exec(range);
  if (bounds === null) throw new UsageError(`a range is FIRST-LAST, not "${range}"`);
  const [from, to] = [Number(bounds[1]), Number(bounds[2])];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A closed port looks like a slow machine; so each burst of connections has one to the open port among them. */
async function scan(host: string, knownOpen: number, ports: readonly number[]): Promise<void> {
  const open = new Set<number>();
  for (let at = 0; at < ports.length; at += atATime) {
    const sockets = [knownOpen, ...ports.slice(at, at + atATime)].map((port) => {
      const socket = connect({ host, port });
      socket.on('error', () => undefined);
      socket.on('connect', () => open.add(port));
      return socket;
    });
    const known = sockets[0]!;
    const tooLate = setTimeout(() => known.destroy(), longestMs);
    await new Promise((resolve) => known.once('connect', resolve).once('close', resolve));
    clearTimeout(tooLate);
    await sleep(graceMs);
    for (const socket of sockets) socket.destroy();
  }
  console.log(JSON.stringify([...open]));
}

/** Never resolves: it goes on sending until it is killed. */
function hold(host: string, port: number, connections: number): Promise<never> {
  for (let i = 0; i < connections; i++) {
    const socket = connect({ host, port });
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      socket.write('GET / HTTP/1.1\r\nX: ');
      console.log('held');
    });
    socket.on('close', () => console.log('closed'));
    setInterval(() => socket.write('x'), 500);
  }
  return new Promise(() => undefined);
}

function flood(name: string, destination: Uint8Array, total: number, kind: FloodKind): void {
  const device = openEthernet({ name });
  const tcp = new Uint8Array(20);
  const flags = kind === 'ack' ? 0x10 : 0x02;
  tcp.set([0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff]);
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
  for (let sent = 0; sent < total;) if (device.sendFrame(frames[sent % differentFrames]!)) sent++;
  device.close();
  console.log(JSON.stringify((performance.now() - start) / 1000));
}
