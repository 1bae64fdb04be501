/**
 * One end of a TCP transfer, run inside a namespace: `receive PORT` or `send ADDRESS PORT BYTES`. Prints the SHA-256 of
 * what it moved.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, connect } from 'node:net';

const [, , mode, ...words] = process.argv;
const hash = createHash('sha256');

if (mode === 'receive') {
  const server = createServer((socket) => {
    socket.on('data', (chunk) => hash.update(chunk));
    socket.on('end', () => {
      console.log(hash.digest('hex'));
      socket.end();
      server.close();
    });
  });
  server.listen(Number(words[0]), '::', () => console.log('listening'));
} else {
  const [address, port, bytes] = words;
  const socket = connect(Number(port), address ?? '');
  const chunk = randomBytes(1 << 20);
  let left = Number(bytes);
  const push = (): void => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      left -= part.length;
      hash.update(part);
      if (!socket.write(part)) return void socket.once('drain', push);
    }
    socket.end();
    console.log(hash.digest('hex'));
  };
  socket.on('connect', push);
}
