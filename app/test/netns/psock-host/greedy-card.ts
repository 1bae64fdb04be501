/**
 * psock-host with a card that asks for a connection and gives it up at once, again and again, as fast as it is read.
 * Runs as a program of its own, so that what it costs can be measured from outside:
 *
 *     greedy-card.ts ADDRESS CARD-INTERFACE
 */
import { encodeMessage, encodeWindowReply, family, protocol, socketType } from 'hss';
import ipaddr from 'ipaddr.js';
import { HostUsbDriver, type DevicePort } from 'psock-host';
import { parseRule } from '../../../src/programs/psock-host/policy.ts';
import { reporter } from '../../../src/programs/psock-host/report.ts';
import { SocketLender } from '../../../src/programs/psock-host/lender.ts';

const [address = '', cardInterface = ''] = process.argv.slice(2);
const to = { address: Uint8Array.from(ipaddr.parse(address).toByteArray()), port: 443 };

/** Between two transfers; a real cable is about as fast. */
const pauseMs = 1;
let lastId = 0;

/** OPEN, CONNECT, CLOSE for as many sockets as fit. */
function transfer(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (;;) {
    const socketId = ++lastId;
    const common = { messageId: socketId & 0xffff, socketId };
    const open = { family: family.ipv4, protocol: protocol.tcp, type: socketType.stream };
    const turn = [
      encodeMessage({ kind: 'open', ...common, socketId: 0, handle: socketId, ...open }),
      encodeMessage({ kind: 'connect', ...common, to }),
      encodeMessage({ kind: 'close', ...common }),
    ];
    const size = turn.reduce((sum, { length: count }) => sum + count, 0);
    if (at + size >= Math.min(length, 4096)) return bytes.subarray(0, at);
    for (const message of turn) {
      bytes.set(message, at);
      at += message.length;
    }
  }
}

const port: DevicePort = {
  name: '1-1',
  networkInterfaces: () => [cardInterface],
  requestWindow: () => Promise.resolve(encodeWindowReply({ windowBytes: 128 * 1024, session: 1 })),
  tellMoved: () => undefined,
  receiveBulk: (length, received) => setTimeout(() => received(transfer(length)), pauseMs),
  receiveCommand: () => undefined,
  sendBulk: (_, sent) => setImmediate(sent),
  sendCommand: (_, sent) => setImmediate(sent),
  close: () => Promise.resolve(),
};

const report = reporter(true, (line) => process.stdout.write(line));
const maxSockets = 32;
const lender = new SocketLender({
  rules: [parseRule(`${address}:443`)!],
  maxSockets,
  deviceInterfaces: () => port.networkInterfaces(),
  report,
});
const driver = new HostUsbDriver({
  port,
  maxSockets,
  onSession: () => undefined,
  onFailure: (error) => {
    throw error;
  },
  onConnect: (place, answer) => lender.connect(place, answer),
});
await driver.start();
setInterval(() => console.error(`${lastId} sockets asked for`), 1000);
