/**
 * Sends DHCPv6 SOLICITs from a host's interface, one per given interval; a capture shows when they were answered.
 *
 *   dhcpv6-prober.ts INTERFACE COUNT INTERVAL_MS
 */
import dgram from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

const clientPort = 546;
const serverPort = 547;

/** SOLICIT with client identifier (DUID-LL), elapsed time and one IA_NA; the number is the transaction. */
function solicit(transaction: number): Buffer {
  return Buffer.concat([
    Buffer.from([1, 0, 0, transaction]),
    Buffer.from('0001000a00030001 0242ac110001'.replaceAll(' ', ''), 'hex'),
    Buffer.from('000800020000', 'hex'),
    Buffer.from('0003000c 00000001 00000000 00000000'.replaceAll(' ', ''), 'hex'),
  ]);
}

const [device = '', count = '10', intervalMs = '100'] = process.argv.slice(2);
const socket = dgram.createSocket('udp6');
await new Promise<void>((resolve) => socket.bind(clientPort, resolve));
for (let i = 1; i <= Number(count); i++) {
  socket.send(solicit(i), serverPort, `ff02::1:2%${device}`);
  await sleep(Number(intervalMs));
}
socket.close();
