/**
 * Sockets against a real kernel's routes and links. Runs as root in a network namespace of its own; every test makes
 * the links that it needs and removes them.
 *
 *     usbA 10.9.1.1/24, fd09:1::1/64 ── farA      usbB 10.9.2.1/24 ── farB      (the far ends answer nothing)
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import {
  connectTcp,
  connectUdp,
  probeRoute,
  SocketError,
  type ConnectTcpOptions,
} from '../../src/index.ts';
import { openSockets, socketsFallTo } from '../unit/open-sockets.ts';
import { bringUpPair, ip } from './network.ts';

const mark = 42;
const timeoutMs = 50_000;

function ss(...words: string[]): string {
  return execFileSync('ss', ['-H', '-t', '-n', ...words], { encoding: 'utf8' });
}

async function failure(options: ConnectTcpOptions): Promise<SocketError> {
  const error: unknown = await connectTcp(options).then(
    (socket) => socket.destroy(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SocketError, String(error));
  return error;
}

/** Runs `act` without the capabilities of root. */
function unprivileged<T>(act: () => T): T {
  process.seteuid?.(65534);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('tuntap2 sockets in a namespace', () => {
  before(() => {
    ip('link', 'set', 'lo', 'up');
    for (const [link, ...addresses] of [
      ['usbA', '10.9.1.1/24', 'fd09:1::1/64'],
      ['usbB', '10.9.2.1/24'],
    ] as const) {
      const far = link.replace('usb', 'far');
      ip('link', 'add', link, 'type', 'veth', 'peer', 'name', far);
      bringUpPair(link, far);
      for (const address of addresses) ip('address', 'add', address, 'dev', link, 'nodad');
    }
  });

  after(() => {
    ip('link', 'delete', 'usbA');
    ip('link', 'delete', 'usbB');
  });

  describe('connectUdp', () => {
    const named = 'usb_C.1';
    before(() => {
      ip('link', 'add', named, 'type', 'veth', 'peer', 'name', 'farC');
      bringUpPair(named, 'farC');
      ip('address', 'add', 'fe80::c/64', 'dev', named, 'nodad');
    });
    after(() => ip('link', 'delete', named));

    it('reaches a link-local peer by the name and by the index of its interface', async () => {
      const index = parseInt(ip('-o', 'link', 'show', named));
      const peer = createSocket('udp6').bind(0, '::');
      await once(peer, 'listening');
      try {
        for (const zone of [named, String(index)]) {
          const { port } = peer.address();
          const socket = await connectUdp({ address: `fe80::c%${zone}`, port });
          socket.send(zone);
          const [data] = (await once(peer, 'message')) as [Buffer];
          socket.close();
          assert.equal(String(data), zone);
        }
      } finally {
        peer.close();
      }
    });

    it('names an interface that is not there', async () => {
      const before = openSockets();
      for (const zone of ['2147483000', '99999999999', 'none']) {
        await assert.rejects(connectUdp({ address: `fe80::c%${zone}`, port: 53 }), SocketError);
      }
      await socketsFallTo(before);
    });
  });

  describe('probeRoute', () => {
    it('follows the route by family', () => {
      assert.equal(probeRoute({ address: '10.9.2.77', port: 443 }).localAddress, '10.9.2.1');
      assert.equal(probeRoute({ address: 'fd09:1::77', port: 443 }).localAddress, 'fd09:1::1');
    });

    it('follows the rule of its mark', () => {
      const options = { address: '10.9.3.3', port: 443 };
      ip('route', 'add', '10.9.3.0/24', 'dev', 'usbA', 'src', '10.9.1.1');
      ip('route', 'add', '10.9.3.0/24', 'dev', 'usbB', 'src', '10.9.2.1', 'table', '142');
      ip('rule', 'add', 'fwmark', `${mark}`, 'lookup', '142');
      try {
        assert.equal(probeRoute(options).localAddress, '10.9.1.1');
        assert.equal(probeRoute({ ...options, mark }).localAddress, '10.9.2.1');
        assert.equal(probeRoute({ ...options, mark: mark + 1 }).localAddress, '10.9.1.1');
      } finally {
        ip('rule', 'delete', 'fwmark', `${mark}`);
        ip('route', 'flush', 'table', '142');
        ip('route', 'delete', '10.9.3.0/24');
      }
    });

    it('agrees with a UDP socket of the same mark', async () => {
      ip('route', 'add', '10.9.3.0/24', 'dev', 'usbA', 'src', '10.9.1.1');
      ip('route', 'add', '10.9.3.0/24', 'dev', 'usbB', 'src', '10.9.2.1', 'table', '142');
      ip('rule', 'add', 'fwmark', `${mark}`, 'lookup', '142');
      try {
        for (const [options, expected] of [
          [{}, '10.9.1.1'],
          [{ mark }, '10.9.2.1'],
        ] as const) {
          const socket = await connectUdp({ address: '10.9.3.3', port: 53, ...options });
          const { address } = socket.address();
          socket.close();
          assert.equal(address, expected);
        }
      } finally {
        ip('rule', 'delete', 'fwmark', `${mark}`);
        ip('route', 'flush', 'table', '142');
        ip('route', 'delete', '10.9.3.0/24');
      }
    });

    it('uses the link of the zone', () => {
      ip('address', 'add', 'fe80::a/64', 'dev', 'usbA', 'nodad');
      ip('address', 'add', 'fe80::b/64', 'dev', 'usbB', 'nodad');
      const index = execFileSync('ip', ['-o', 'link', 'show', 'usbB'], { encoding: 'utf8' });
      const zones = { usbA: 'fe80::a', usbB: 'fe80::b', [`${parseInt(index)}`]: 'fe80::b' };
      for (const [zone, expected] of Object.entries(zones)) {
        // The link's automatic link-local address may be chosen as well: it is the link that counts.
        const { localAddress } = probeRoute({ address: `fe80::77%${zone}`, port: 443 });
        const link = expected === 'fe80::a' ? 'usbA' : 'usbB';
        const addresses = execFileSync('ip', ['-6', '-o', 'address', 'show', 'dev', link]);
        assert.ok(
          addresses.toString().includes(`${localAddress}/64`),
          `${localAddress} on ${link}`,
        );
      }
    });

    it('says that there is no route, and that one is forbidden', () => {
      const errnoOf = (address: string): string => {
        try {
          return probeRoute({ address, port: 443 }).localAddress;
        } catch (error) {
          return (error as SocketError).errno;
        }
      };
      assert.equal(errnoOf('203.0.113.1'), 'ENETUNREACH');
      assert.equal(errnoOf('2001:db8::1'), 'ENETUNREACH');
      ip('route', 'add', 'unreachable', '203.0.113.0/24');
      ip('route', 'add', 'prohibit', '2001:db8::/32');
      try {
        assert.equal(errnoOf('203.0.113.1'), 'EHOSTUNREACH');
        assert.equal(errnoOf('2001:db8::1'), 'EACCES');
      } finally {
        ip('route', 'delete', '203.0.113.0/24');
        ip('route', 'delete', '2001:db8::/32');
      }
    });

    it('needs a capability for a mark, and says which', () => {
      const options = { address: '127.0.0.1', port: 443, mark };
      assert.throws(
        () => unprivileged(() => probeRoute(options)),
        (error) =>
          error instanceof SocketError &&
          error.errno === 'EPERM' &&
          error.syscall === 'setsockopt(SO_MARK)' &&
          error.hint.includes('CAP_NET_ADMIN') &&
          error.hint.includes('CAP_NET_RAW'),
      );
      assert.equal(probeRoute(options).localAddress, '127.0.0.1');
    });
  });

  describe('connectTcp', () => {
    const peers = new Set<net.Socket>();
    let server: net.Server;
    let port: number;

    beforeEach(async () => {
      server = net.createServer((peer) => {
        peers.add(peer);
        peer.on('error', () => undefined).resume();
      });
      await once(server.listen(0, '::'), 'listening');
      port = (server.address() as net.AddressInfo).port;
    });

    afterEach(() => {
      server.close();
      for (const peer of peers) peer.destroy();
      peers.clear();
    });

    for (const [address, family] of [
      ['127.0.0.1', '-4'],
      ['::1', '-6'],
    ] as const) {
      it(`has set the mark when the first packet to ${address} asks for its route`, async () => {
        // Only marked packets to the server's port find a route.
        ip(family, 'rule', 'add', 'pref', '9', 'fwmark', `${mark}`, 'lookup', 'local');
        ip(family, 'rule', 'add', 'pref', '10', 'ipproto', 'tcp', 'dport', `${port}`, 'prohibit');
        localTableLast(family);
        try {
          assert.equal((await failure({ address, port, timeoutMs })).errno, 'EACCES');
          const socket = await connectTcp({ address, port, mark, timeoutMs });
          assert.match(ss('-e', 'dport', `= :${port}`), /fwmark:0x2a\b/);
          socket.destroy();
        } finally {
          localTableFirst(family);
          ip(family, 'rule', 'delete', 'pref', '9');
          ip(family, 'rule', 'delete', 'pref', '10');
        }
      });
    }

    it('fails without the capability for a mark, and says which', async () => {
      const attempt = unprivileged(() => failure({ address: '::1', port, mark, timeoutMs }));
      const error = await attempt;
      assert.equal(error.errno, 'EPERM');
      assert.match(error.message, /SO_MARK.*CAP_NET_ADMIN/);
      const unmarked = await unprivileged(() => connectTcp({ address: '::1', port, timeoutMs }));
      unmarked.destroy();
    });

    it('leaves by the given device', async () => {
      // The far end swallows the connection request, so that it stays visible.
      const abort = new AbortController();
      const { signal } = abort;
      const address = '10.9.1.77';
      ip('neighbour', 'replace', address, 'lladdr', '02:00:00:00:00:77', 'dev', 'usbA');
      const attempt = failure({ address, port: 9, device: 'usbA', timeoutMs, signal });
      assert.match(ss('state', 'syn-sent', 'dst', address), /10\.9\.1\.1%usbA:/);
      abort.abort();
      assert.equal((await attempt).errno, 'ECANCELED');
    });

    it('fails at its deadline without an answer', async () => {
      const sockets = openSockets();
      const address = '10.9.1.78';
      ip('neighbour', 'replace', address, 'lladdr', '02:00:00:00:00:78', 'dev', 'usbA');
      const started = performance.now();
      const error = await failure({ address, port: 9, timeoutMs: 150 });
      const took = performance.now() - started;
      assert.equal(error.errno, 'ETIMEDOUT');
      // The kernel's own is above two minutes.
      assert.ok(took >= 149 && took < 50_000, `${took} ms`);
      await socketsFallTo(sockets);
      assert.equal(ss('state', 'syn-sent'), '');
    });

    it('says at once that there is no route', async () => {
      const error = await failure({ address: '203.0.113.1', port: 443, timeoutMs });
      assert.equal(error.errno, 'ENETUNREACH');
    });

    it('sets the keep-alive times', async () => {
      const keepAlive = { idleSeconds: 300, intervalSeconds: 10, probes: 6 };
      const socket = await connectTcp({ address: '::1', port, keepAlive, timeoutMs });
      const shown = ss('-o', 'dport', `= :${port}`);
      assert.match(shown, /timer:\(keepalive,(5min|4min5\ds)/);
      socket.destroy();
    });

    it('gives up a silent peer after the given keep-alive probes', async () => {
      const keepAlive = { idleSeconds: 1, intervalSeconds: 1, probes: 1 };
      const socket = await connectTcp({ address: '127.0.0.1', port, keepAlive, timeoutMs });
      await silenced(port, async () => {
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        assert.equal(error.code, 'ETIMEDOUT');
      });
    });

    it('gives up unacknowledged data after the given time', async () => {
      const socket = await connectTcp({
        address: '127.0.0.1',
        port,
        userTimeoutMs: 300,
        timeoutMs,
      });
      const started = performance.now();
      await silenced(port, async () => {
        socket.write('this is not acknowledged');
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        assert.equal(error.code, 'ETIMEDOUT');
      });
      // The kernel's own is a quarter of an hour.
      assert.ok(performance.now() - started < 50_000);
    });
  });
});

/** Lets rules come before the table of local addresses, which is always asked first otherwise. */
function localTableLast(family: '-4' | '-6'): void {
  ip(family, 'rule', 'add', 'pref', '20', 'lookup', 'local');
  ip(family, 'rule', 'delete', 'pref', '0');
}

function localTableFirst(family: '-4' | '-6'): void {
  ip(family, 'rule', 'add', 'pref', '0', 'lookup', 'local');
  ip(family, 'rule', 'delete', 'pref', '20');
}

/** While `act` runs, packets to `port` vanish. */
async function silenced(port: number, act: () => Promise<void>): Promise<void> {
  ip('-4', 'rule', 'add', 'pref', '10', 'ipproto', 'tcp', 'dport', `${port}`, 'blackhole');
  localTableLast('-4');
  try {
    await act();
  } finally {
    localTableFirst('-4');
    ip('-4', 'rule', 'delete', 'pref', '10');
  }
}
