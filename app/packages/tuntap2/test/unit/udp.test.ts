import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connectUdp, SocketError } from '../../src/index.ts';
import { openSockets, socketsFallTo } from './open-sockets.ts';

describe('tuntap2/udp', () => {
  const open: Socket[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });

  async function listen(address: string): Promise<Socket> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    open.push(socket);
    socket.bind(0, address);
    await once(socket, 'listening');
    return socket;
  }

  for (const address of ['127.0.0.1', '::1']) {
    it(`exchanges datagrams with ${address}`, async () => {
      const peer = await listen(address);
      peer.on('message', (data, from) => peer.send(`re: ${String(data)}`, from.port, from.address));
      const socket = await connectUdp({ address, port: peer.address().port });
      open.push(socket);
      socket.send('hello');
      const [answer] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
      assert.equal(String(answer), 're: hello');
    });
  }

  it('receives from its peer alone', async () => {
    const peer = await listen('127.0.0.1');
    const stranger = await listen('127.0.0.1');
    const socket = await connectUdp({ address: '127.0.0.1', port: peer.address().port });
    open.push(socket);
    const { port } = socket.address();
    stranger.send('forged', port, '127.0.0.1');
    await once(stranger, 'message', { signal: AbortSignal.timeout(50) }).catch(() => undefined);
    peer.send('true', port, '127.0.0.1');
    const [first] = (await once(socket, 'message')) as [Buffer];
    assert.equal(String(first), 'true');
  });

  it('picks another local port each time', async () => {
    const peer = await listen('127.0.0.1');
    const ports = new Set<number>();
    for (let i = 0; i < 8; i++) {
      const socket = await connectUdp({ address: '127.0.0.1', port: peer.address().port });
      open.push(socket);
      ports.add(socket.address().port);
    }
    assert.equal(ports.size, 8);
  });

  it('leaves no descriptor behind, whatever happens', async () => {
    const before = openSockets();
    for (const address of ['not an address', '255.255.255.255']) {
      await assert.rejects(connectUdp({ address, port: 53 }), SocketError);
    }
    await socketsFallTo(before);
  });
});
