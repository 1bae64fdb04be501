/**
 * A DNS server of the lab: it has one name. `dns-server.ts ADDRESS NAME TARGETS [truncate]` answers A and AAAA on port
 * 53. TARGETS are separated by commas; `198.18.0.0+300` stands for 300 consecutive addresses. Over UDP, answers of more
 * than 512 bytes are truncated; with `truncate`, every answer is.
 */
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import { decode, encode, type Answer } from 'dns-packet';

const [address = '', name = '', targets = '', mode] = process.argv.slice(2);
const addresses = targets.split(',').flatMap(expand);
const recursive = 0x0180;
const truncated = 0x0200;
const longestDatagram = 512;

function expand(target: string): string[] {
  const [start = '', count] = target.split('+');
  if (count === undefined) return [start];
  const bytes = start.split('.').map(Number);
  return Array.from({ length: Number(count) }, (_, i) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    const last = d + i;
    return [a, b, c + (last >> 8), last & 255].join('.');
  });
}

function answer(bytes: Buffer, isDatagram: boolean): Buffer {
  const { id = 0, questions = [] } = decode(bytes);
  const [question] = questions;
  const isKnown = question?.name === name;
  console.log(`${isDatagram ? 'udp' : 'tcp'} ${question?.type} ${question?.name}`);
  const isWanted = (data: string) => (question?.type === 'AAAA') === isIPv6(data);
  const found = isKnown ? addresses.filter(isWanted) : [];
  const answers = found.map((data) => ({ type: question?.type, name, data, ttl: 1 }) as Answer);
  const reply = { type: 'response', id, questions } as const;
  const whole = encode({ ...reply, flags: recursive | (isKnown ? 0 : 3), answers });
  if (!isDatagram || (mode !== 'truncate' && whole.length <= longestDatagram)) return whole;
  return encode({ ...reply, flags: recursive | truncated, answers: [] });
}

const datagrams = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
datagrams.on('message', (bytes, from) => {
  datagrams.send(answer(bytes, true), from.port, from.address);
});
datagrams.bind(53, address);
createServer((peer) => {
  peer.on('error', () => undefined);
  peer.once('data', (bytes: Buffer) => {
    const message = answer(bytes.subarray(2), false);
    peer.end(Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]));
  });
}).listen(53, address);
