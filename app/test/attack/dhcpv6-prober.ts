/** Sends DHCPv6 SOLICITs from a host's interface at a steady pace; a capture shows when they were answered. */
import dgram from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { count, positive, startTool, toolStatus } from '../harness/tool.ts';

const clientPort = 546;
const serverPort = 547;

const table = {
  program: 'dhcpv6-prober',
  about: [
    'Sends COUNT DHCPv6 SOLICITs from INTERFACE, one per INTERVAL milliseconds, and reads no answers.',
  ],
  commands: {
    '': { operand: 'INTERFACE COUNT INTERVAL', options: {}, help: 'send solicitations' },
  },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [device = '', total = '', interval = ''] }) => {
    const plan = { count: count('COUNT', total), intervalMs: positive('INTERVAL', interval) };
    return () => probe(device, plan);
  },
});

async function probe(
  device: string,
  plan: { readonly count: number; readonly intervalMs: number },
): Promise<void> {
  const socket = dgram.createSocket('udp6');
  await new Promise<void>((resolve) => socket.bind(clientPort, resolve));
  for (let i = 1; i <= plan.count; i++) {
    socket.send(solicit(i), serverPort, `ff02::1:2%${device}`);
    await sleep(plan.intervalMs);
  }
  socket.close();
}

/** SOLICIT with client identifier (DUID-LL), elapsed time and one IA_NA; the number is the transaction. */
function solicit(transaction: number): Buffer {
  return Buffer.concat([
    Buffer.from([1, 0, 0, transaction]),
    Buffer.from('0001000a00030001 0242ac110001'.replaceAll(' ', ''), 'hex'),
    Buffer.from('000800020000', 'hex'),
    Buffer.from('0003000c 00000001 00000000 00000000'.replaceAll(' ', ''), 'hex'),
  ]);
}
