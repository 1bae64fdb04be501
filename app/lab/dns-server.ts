/**
 * A DNS server of the lab: knows one name. `dns-server.ts ADDRESS NAME TARGET [truncate]` answers A or AAAA by the kind
 * of TARGET on port 53; with `truncate`, over UDP only that the answer is too long.
 */
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import { decode, encode } from 'dns-packet';

const [address = '', name = '', target = '', mode] = process.argv.slice(2);
const type = isIPv6(target) ? 'AAAA' : 'A';
const recursive = 0x0180;
const truncated = 0x0200;

function answer(bytes: Buffer, isDatagram: boolean): Buffer {
  const { id = 0, questions = [] } = decode(bytes);
  const isKnown = questions[0]?.name === name;
  console.log(`${isDatagram ? 'udp' : 'tcp'} ${questions[0]?.type} ${questions[0]?.name}`);
  const isTooLong = isDatagram && mode === 'truncate';
  const isAnswered = isKnown && !isTooLong && questions[0]?.type === type;
  return encode({
    type: 'response',
    id,
    flags: recursive | (isKnown ? 0 : 3) | (isTooLong ? truncated : 0),
    questions,
    answers: isAnswered ? [{ type, name, data: target, ttl: 1 }] : [],
  });
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
