import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { resultCode, type Connecting } from 'hss';
import { SocketError, type connectTcp } from 'tuntap2';
import { DeviceError } from 'psock-host';
import { parseRule } from '../../../../src/programs/psock-host/policy.ts';
import { SocketLender } from '../../../../src/programs/psock-host/lender.ts';
import type { HostEvent } from '../../../../src/programs/psock-host/report.ts';
import { bytes, FakeNetwork } from './fake-network.ts';

type Options = Parameters<typeof connectTcp>[0];

class FakeSocket extends EventEmitter {
  localAddress: string | undefined = '203.0.113.1';
  allowHalfOpen = false;
  destroyed = false;
  bytesWritten = 1;
  bytesRead = 2;

  destroy(): this {
    this.destroyed = true;
    this.emit('close');
    return this;
  }

  /** The card is done; the data are not written out yet. */
  end(): this {
    return this;
  }
}

/** Connections that are made, or not, when the test says so. */
class FakeTcp {
  readonly started: Options[] = [];
  readonly waiting = new Set<(socket: FakeSocket) => void>();
  readonly connect = (options: Options): Promise<Socket> => {
    this.started.push(options);
    return new Promise((resolve, reject) => {
      const succeed = (socket: FakeSocket): void => {
        this.waiting.delete(succeed);
        resolve(socket as unknown as Socket);
      };
      this.waiting.add(succeed);
      options.signal?.addEventListener('abort', () => {
        this.waiting.delete(succeed);
        reject(new SocketError('given up', { errno: 'ECANCELED', syscall: 'connect' }));
      });
    });
  };
  succeed(socket = new FakeSocket()): FakeSocket {
    [...this.waiting][0]!(socket);
    return socket;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the lender of sockets', () => {
  let network: FakeNetwork;
  let tcp: FakeTcp;
  let events: HostEvent[];
  let now: number;
  let lender: SocketLender;
  let lan: number;
  beforeEach(() => {
    network = new FakeNetwork();
    lan = network.link('lan');
    network.link('usb0');
    network.address(lan, '203.0.113.1/24');
    network.addRoute('default4', lan, { priority: 1 });
    tcp = new FakeTcp();
    events = [];
    now = 0;
    lender = new SocketLender({
      rules: [parseRule('10.0.0.0/8')!],
      maxSockets: 4,
      deviceInterfaces: () => ['usb0'],
      report: (event) => events.push(event),
      kernel: network,
      connect: tcp.connect,
      now: () => now,
    });
  });

  function connect(address = '23.147.128.112', results: number[] = []): Connecting {
    return lender.connect({ address: bytes(address), port: 443 }, (result) => results.push(result));
  }

  it('answers once, whether it could connect or not', async () => {
    const answers: number[] = [];
    lender = new SocketLender({
      rules: [],
      maxSockets: 4,
      deviceInterfaces: () => ['usb0'],
      report: () => undefined,
      kernel: network,
      connect: tcp.connect,
      now: () => now,
    });
    const to = { address: bytes('23.147.128.112'), port: 443 };
    lender.connect(to, (result) => answers.push(result));
    await turn();
    tcp.succeed();
    await turn();
    assert.equal(answers.length, 1);
    lender.connect({ ...to, address: bytes('127.0.0.1') }, (result) => answers.push(result));
    await turn();
    assert.deepEqual(answers, [resultCode.success, resultCode.networkUnreachable]);
  });

  it('connects nowhere while the interfaces of the card cannot be listed, and lives', async () => {
    let isPoor = true;
    lender = new SocketLender({
      rules: [],
      maxSockets: 4,
      deviceInterfaces: () => {
        if (isPoor) throw new DeviceError('FAILED', 'cannot be listed (EMFILE)');
        return ['usb0'];
      },
      report: (event) => events.push(event),
      kernel: network,
      connect: tcp.connect,
      now: () => now,
    });
    const results: number[] = [];
    connect('23.147.128.112', results);
    await turn();
    assert.equal(results.length, 1);
    assert.notEqual(results[0], resultCode.success);
    assert.equal(tcp.started.length, 0);
    assert.ok(events[0]?.event === 'failed' && /EMFILE/.test(events[0].reason));
    isPoor = false;
    connect('23.147.128.112', results);
    await turn();
    tcp.succeed();
    await turn();
    assert.equal(results[1], resultCode.success);
    isPoor = true;
    assert.equal(lender.networkChanged(), undefined);
  });

  it('binds a connection to the interface, and notifies the card and the reporter', async () => {
    const results: number[] = [];
    connect('23.147.128.112', results);
    await turn();
    const { address, port, device, source } = tcp.started[0]!;
    assert.deepEqual([address, port, device, source], ['23.147.128.112', 443, 'lan', undefined]);
    tcp.succeed();
    await turn();
    assert.deepEqual(results, [resultCode.success]);
    assert.equal(events[0]?.event, 'connected');
  });

  it('takes an IPv4-mapped address for what it is, to the kernel too', async () => {
    connect('::ffff:23.147.128.112');
    await turn();
    assert.equal(tcp.started[0]?.address, '23.147.128.112');
  });

  it('ends an attempt with its socket, and ignores later events of it', async () => {
    const results: number[] = [];
    const connecting = connect('23.147.128.112', results);
    await turn();
    connecting.onClose('ECONNABORTED');
    await turn();
    assert.equal(tcp.waiting.size, 0);
    assert.equal(lender.socketCount, 0);
    assert.deepEqual([results, events], [[], []]);
  });

  it('has no more sockets than twice what the card may have, those on their way out included', async () => {
    const sockets: FakeSocket[] = [];
    for (let i = 0; i < 8; i++) {
      const connecting = connect();
      await turn();
      sockets.push(tcp.succeed());
      await turn();
      // The card thinks that it is gone; its server takes no data, so that it is not.
      connecting.onClose(undefined);
    }
    assert.equal(lender.socketCount, 8);
    const results: number[] = [];
    connect('23.147.128.112', results);
    await turn();
    assert.equal(tcp.started.length, 8);
    assert.deepEqual(results, [resultCode.hostError]);
    assert.match(
      JSON.stringify(events.at(-1)),
      /EMFILE.*8 sockets of this card are not closed yet/,
    );
    sockets[0]!.destroy();
    connect();
    await turn();
    assert.equal(tcp.started.length, 9);
  });

  it('begins no more than so many attempts a second, and asks the kernel for no more', async () => {
    const giveUp = async (): Promise<void> => {
      connect().onClose('ECONNABORTED');
      await turn();
    };
    for (let i = 0; i < 500; i++) await giveUp();
    assert.equal(tcp.started.length, 64);
    assert.equal(network.asked, 2 * 64);
    assert.equal(lender.socketCount, 0);
    now = 1000;
    for (let i = 0; i < 100; i++) await giveUp();
    assert.equal(tcp.started.length, 72);
    // At once, before any of them could end.
    now = 100_000;
    for (let i = 0; i < 5000; i++) connect().onClose('ECONNABORTED');
    await turn();
    assert.equal(tcp.started.length, 80);
    assert.equal(lender.socketCount, 0);
  });

  const closed: [what: string, to: string, prepare: () => void, reason: RegExp][] = [
    [
      'of an interface without carrier',
      '23.9.9.9',
      () => {
        network.address(network.link('eth9', { carrier: false }), '23.9.9.9/24');
      },
      /address of this machine/,
    ],
    [
      'of a local route',
      '23.9.9.9',
      () => network.addRoute('23.9.0.0/16', 1, { type: 'local' }),
      /local route/,
    ],
    [
      'of a local route, though a rule of the owner opens it',
      '10.7.0.1',
      () => {
        network.addRoute('10.7.0.0/16', 1, { type: 'local' });
      },
      /local route/,
    ],
    [
      'of everybody on a network',
      '23.9.9.255',
      () => {
        network.addRoute('23.9.9.255/32', lan, { type: 'broadcast' });
      },
      /broadcast/,
    ],
  ];
  for (const [what, to, prepare, reason] of closed) {
    it(`refuses an address ${what}`, async () => {
      prepare();
      const results: number[] = [];
      connect(to, results);
      await turn();
      assert.equal(tcp.started.length, 0);
      assert.deepEqual(results, [resultCode.networkUnreachable]);
      const [event] = events;
      assert.ok(event?.event === 'refused', JSON.stringify(events));
      assert.match(event.reason, reason);
      assert.equal(lender.socketCount, 0);
    });
  }

  it('looks again when it is connected, and uses none that has come to lead elsewhere', async () => {
    const results: number[] = [];
    connect('23.147.128.112', results);
    await turn();
    network.addRoute('23.147.128.0/24', lan, { type: 'local' });
    const socket = tcp.succeed();
    await turn();
    assert.equal(socket.destroyed, true);
    assert.deepEqual(results, [resultCode.networkUnreachable]);
    assert.equal(lender.socketCount, 0);
    assert.equal(events[0]?.event, 'refused');
  });

  it('destroys a connection that is made after the card has given it up', async () => {
    const results: number[] = [];
    const connecting = connect('23.147.128.112', results);
    await turn();
    const socket = tcp.succeed();
    connecting.onClose('ECONNABORTED');
    await turn();
    assert.equal(socket.destroyed, true);
    assert.deepEqual([results, events, lender.socketCount], [[], [], 0]);
  });

  describe('when another way opens', () => {
    let moves: number;
    beforeEach(() => {
      moves = 0;
      lender = new SocketLender({
        rules: [],
        maxSockets: 4,
        deviceInterfaces: () => ['usb0'],
        report: (event) => events.push(event),
        onMoved: () => moves++,
        kernel: network,
        connect: tcp.connect,
        now: () => now,
      });
    });
    const openAnotherWay = (): void => {
      const wlan = network.link('wlan0');
      network.address(wlan, '198.51.100.7/24');
      network.addRoute('default4', wlan, { priority: 0 });
      lender.networkChanged();
    };

    it('notifies the card if an attempt had failed', async () => {
      network.removeRoutes(lan);
      connect();
      await turn();
      assert.equal(events[0]?.event, 'failed');
      openAnotherWay();
      assert.equal(moves, 1);
    });

    it('does not notify it of what it has given up or may not have', async () => {
      const connecting = connect();
      await turn();
      connecting.onClose('ECONNABORTED');
      connect('192.168.1.1');
      await turn();
      assert.equal(events[0]?.event, 'refused');
      openAnotherWay();
      assert.equal(moves, 0);
    });
  });

  it('uses none that begins at an address which is not ours', async () => {
    connect();
    await turn();
    const socket = new FakeSocket();
    socket.localAddress = '203.0.113.99';
    tcp.succeed(socket);
    await turn();
    assert.equal(socket.destroyed, true);
    assert.match(JSON.stringify(events), /its address was removed/);
  });
});
