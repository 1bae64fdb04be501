/**
 * Knocks at many doors of one address: TCP connections from the host's kernel, each given up at once or kept.
 *
 *   knock.ts scan ADDRESS[%ZONE] FIRST LAST    prints the ports that accepted, as JSON
 *   knock.ts hold ADDRESS[%ZONE] PORT COUNT    opens connections and sends a request byte by byte on each, until killed
 *   knock.ts flood INTERFACE MAC SECONDS       sends SYN frames to port 80 of fe80::1 as fast as they go; prints how many
 */
import { connect } from 'node:net';
import { openEthernet } from 'tuntap2';
import { encodeEthernet, etherType } from '../src/wire/ethernet.ts';
import { parseIpv6, routerAddress } from '../src/wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../src/wire/ipv6.ts';
import { parseMac } from '../src/wire/mac-address.ts';

const [command, target = '', first = '0', last = '0'] = process.argv.slice(2);
const atATime = 500;
const patienceMs = 250;

if (command === 'scan') await scan(target, Number(first), Number(last));
else if (command === 'hold') hold(target, Number(first), Number(last));
else flood(target, first, Number(last));

async function scan(host: string, from: number, to: number): Promise<void> {
  const open: number[] = [];
  for (let port = from; port <= to; port += atATime) {
    const ports = Array.from({ length: Math.min(atATime, to - port + 1) }, (_, i) => port + i);
    const answers = await Promise.all(ports.map((one) => isOpen(host, one)));
    open.push(...ports.filter((_, i) => answers[i]));
  }
  console.log(JSON.stringify(open));
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (accepted: boolean): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(accepted);
    };
    const patience = setTimeout(() => end(false), patienceMs);
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
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

function flood(name: string, mac: string, seconds: number): void {
  const device = openEthernet({ name });
  const tcp = new Uint8Array(20);
  tcp.set([0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff]);
  const destination = parseMac(mac) ?? device.mac;
  const header = { destination, source: device.mac, etherType: etherType.ipv6 };
  const end = performance.now() + seconds * 1000;
  let sent = 0;
  while (performance.now() < end) {
    tcp[0] = sent >> 8;
    tcp[1] = sent;
    const source = parseIpv6(`fe80::${(sent % 0xfff0).toString(16)}:5`) ?? routerAddress;
    const addresses = { source, destination: routerAddress };
    const packet = encodeIpv6({ ...addresses, nextHeader: nextHeader.tcp, hopLimit: 64 }, tcp);
    if (device.sendFrame(encodeEthernet(header, packet))) sent++;
  }
  device.close();
  console.log(JSON.stringify(sent));
}
