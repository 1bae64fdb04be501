/**
 * `cable-relay.ts SOCKET PORT`: hands each connection to the Unix socket on to 127.0.0.1:PORT of the namespace that
 * this program was started in. Unix sockets cross network namespaces; TCP does not.
 */
import net from 'node:net';
import { pipeline } from 'node:stream';

const [socket = '', port = ''] = process.argv.slice(2);

net
  .createServer((client) => {
    const cable = net.connect(Number(port), '127.0.0.1');
    cable.setNoDelay(true);
    // Either end may go at any time: the other one goes with it.
    pipeline(client, cable, client, () => undefined);
  })
  .listen(socket);
