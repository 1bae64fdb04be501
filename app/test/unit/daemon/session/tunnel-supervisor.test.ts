import assert from 'node:assert/strict';
import type { SecureStream } from '../../../../src/uplink/secure-stream.ts';
import { GivenUpError, unlessGivenUp } from '../../../../src/core/attempt.ts';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { seconds } from '../../../../src/core/time.ts';
import { IdentityError } from '../../../../src/identity/identity-error.ts';
import type { Identity } from '../../../../src/identity/identity.ts';
import type { LoadRequest } from '../../../../src/daemon/credentials/credentials.ts';
import type { Connection } from '../../../../src/daemon/session/connect.ts';
import type { TunnelListener } from '../../../../src/daemon/packets/data-path.ts';
import { DeadlineTimer } from '../../../../src/platform/deadline-timer.ts';
import type { ConnectRequest } from '../../../../src/daemon/session/connection-finder.ts';
import { TunnelSupervisor } from '../../../../src/daemon/session/tunnel-supervisor.ts';
import type { TunnelState } from '../../../../src/tunnel/tunnel-state.ts';
import { UplinkError, stoppedError } from '../../../../src/uplink/uplink-error.ts';
import { ownAddress } from '../../router/packets.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { FakeTunnel } from '../packets/fake-tunnel.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

const identity: Identity = {
  ca: '',
  roots: [],
  cert: '',
  key: '',
  address: ownAddress,
  addressText: 'fd00:8f80:1::1234',
  notBefore: new Date(0),
  notAfter: new Date(0),
};

/** The world of a keeper: each function may be replaced to make something fail. */
class World {
  readonly clock = new FakeClock();
  readonly log = new MemoryLog();
  readonly states: TunnelState[] = [];
  readonly requests: ConnectRequest[] = [];
  /** Position of the transport that a new connection gets. */
  rank = 0;
  readonly tunnels: FakeTunnel[] = [];
  readonly stop = new AbortController();
  listener: TunnelListener | undefined;
  loads = 0;
  readonly loadRequests: LoadRequest[] = [];
  localAddress = '192.0.2.1';
  loadIdentity = (): Promise<Identity> => Promise.resolve(identity);
  prepare = (): Promise<void> => Promise.resolve();
  connect = (signal: AbortSignal, request: ConnectRequest): Promise<FakeTunnel> => {
    void signal;
    const transport = ['tcp', 'psock'][this.rank]!;
    request.onAttempt({ transport, host: 'a', address: 'a', problem: undefined });
    const tunnel = new FakeTunnel();
    this.tunnels.push(tunnel);
    return Promise.resolve(tunnel);
  };
  probeRoute = (): string => this.localAddress;
  /** Which events reached the searches. */
  readonly told: string[] = [];
  readonly proved: string[] = [];
  readonly supervisor = new TunnelSupervisor({
    heartbeat: () => ({ period: seconds(300), timeout: seconds(10) }),
    clock: this.clock,
    timer: new DeadlineTimer(this.clock),
    log: this.log,
    loadIdentity: (request) => {
      this.loads++;
      this.loadRequests.push(request);
      return this.loadIdentity();
    },
    onAccepted: () => this.told.push('accepted'),
    prepare: async () => {
      await this.prepare();
      let current: SecureStream | undefined;
      return {
        attach: (tunnel, listener) => {
          current = tunnel;
          this.listener = listener;
          tunnel.start({
            onReadable: () => undefined,
            onEnd: (end) => listener.streamEnded(end),
          });
        },
        sendFirst: (frame) => current?.write(frame),
        detach: () => (this.listener = undefined),
      };
    },
    connect: (request) => ({
      connection: this.#connection(request),
      routesChanged: () => this.told.push('routes changed'),
      transportUsable: (name) => this.told.push(`${name} usable`),
      restart: (reason) => this.told.push(`restart: ${reason}`),
    }),
    onServerProved: ({ address }, isUseful) => this.proved.push(`${address} ${isUseful}`),
    probeRoute: ({ rank }) => (rank === 0 ? this.probeRoute() : undefined),
    onState: (state) => this.states.push(state),
    random: () => 0.999999,
  });
  #running: Promise<void> | undefined;

  async #connection(request: ConnectRequest): Promise<Connection> {
    this.requests.push(request);
    const rank = request.below === undefined ? this.rank : request.below - 1;
    return {
      stream: await this.#stream(request),
      cipher: 'TLSv1.3',
      transport: ['tcp', 'psock'][rank]!,
      rank,
      host: 'enf.example',
      address: '198.51.100.7',
      port: 443,
      localAddress: rank === 0 ? '192.0.2.1' : undefined,
    };
  }

  /** A search that was given up ends at once, and destroys what comes all the same. */
  async #stream(request: ConnectRequest): Promise<SecureStream> {
    const { signal } = request;
    try {
      const work = this.connect(signal, request);
      return (await unlessGivenUp(work, signal, (late) => late.destroy())).stream;
    } catch (error) {
      throw error instanceof GivenUpError ? stoppedError('connect') : error;
    }
  }

  get state(): TunnelState {
    return this.supervisor.state;
  }

  async start(): Promise<void> {
    this.#running = this.supervisor.run(this.stop.signal);
    await settle();
  }

  get running(): Promise<void> {
    return this.#running ?? assert.fail('not started');
  }

  /** It has ended by itself. */
  forget(): void {
    this.#running = undefined;
  }

  async end(): Promise<void> {
    this.stop.abort();
    await settle();
    this.clock.advance(200);
    await this.#running;
  }

  /** Lets time pass and everything happen that follows. */
  async pass(milliseconds: number): Promise<void> {
    await settle();
    this.clock.advance(milliseconds);
    await settle();
  }
}

describe('tunnel supervisor', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const unreachable = (): Promise<never> =>
    Promise.reject(
      new UplinkError('unreachable', '198.51.100.7: ECONNREFUSED', {
        errno: 'ECONNREFUSED',
        syscall: 'connect',
      }),
    );

  it('brings the tunnel up, and says so', async () => {
    await world.start();
    assert.equal(world.tunnels.length, 1);
    assert.ok(world.listener);
    assert.deepEqual(
      world.states.map(({ phase }) => phase),
      ['connecting', 'up'],
    );
    assert.match(
      world.log.lines.join(),
      /info: tunnel up: fd00:8f80:1::1234 through 198\.51\.100\.7 port 443 \(tcp, TLSv1.3\)/,
    );
  });

  it('makes a new tunnel after one that ended, with the identity read again', async () => {
    await world.start();
    world.tunnels[0]!.destroy();
    await world.pass(999);
    assert.equal(world.tunnels.length, 1);
    await world.pass(1);
    assert.equal(world.tunnels.length, 2);
    assert.equal(world.loads, 2);
    assert.match(
      world.log.lines.join(),
      /tunnel down: the server closed the connection; next attempt in 1\.0 s/,
    );
  });

  it('doubts its certificate when the server closes three times without a word', async () => {
    await world.start();
    for (let closes = 0; closes < 3; closes++) {
      assert.doesNotMatch(world.log.lines.join(), /certificate/);
      world.tunnels.at(-1)!.destroy();
      await world.pass(5000);
    }
    assert.match(world.log.lines.join(), /may not accept our certificate/);
    // It is not to be replaced for that: an attacker on the path can close a connection.
    assert.ok(world.loadRequests.every(({ refused }) => refused === undefined));
  });

  it('trusts its certificate again after a session in which the server sent something', async () => {
    await world.start();
    for (let closes = 0; closes < 5; closes++) {
      if (closes === 2) world.listener!.heard();
      world.tunnels.at(-1)!.destroy();
      await world.pass(30_000);
    }
    assert.equal(world.tunnels.length, 6);
    assert.doesNotMatch(world.log.lines.join(), /may not accept our certificate/);
  });

  for (const step of ['loadIdentity', 'prepare'] as const) {
    it(`stops without waiting for ${step}`, async () => {
      world[step] = () => new Promise<never>(() => undefined);
      await world.start();
      world.stop.abort();
      let hasEnded = false;
      void world.end().then(() => (hasEnded = true));
      await settle();
      await settle();
      assert.ok(hasEnded);
      assert.deepEqual(world.log.lines, []);
    });
  }

  // errors.md: unreachable
  it('backs off while no server can be reached', async () => {
    world.connect = unreachable;
    await world.start();
    for (let i = 0; i < 70; i++) await world.pass(1000);
    // At 0, 1, 3, 7, 15, 31 and 63 s.
    assert.equal(world.loads, 7);
    const { phase, lastDisconnect } = world.states.findLast((state) => state.phase === 'waiting')!;
    assert.equal(phase, 'waiting');
    assert.match(lastDisconnect!.words, /ECONNREFUSED/);
  });

  it('waits for an identity, says what is wrong with it, and does not connect before', async () => {
    world.loadIdentity = () =>
      Promise.reject(
        new IdentityError('/x/cert.pem: cannot be read', {
          step: 'certificate',
          file: '/x/cert.pem',
        }),
      );
    await world.start();
    assert.equal(world.tunnels.length, 0);
    assert.match(
      world.log.lines.join(),
      /\/x\/cert.pem: cannot be read.*\[no-identity\.certificate\]/,
    );
    world.loadIdentity = () => Promise.resolve(identity);
    await world.pass(1000);
    assert.equal(world.tunnels.length, 1);
  });

  // errors.md: not-ready
  it('waits until the link is prepared', async () => {
    world.prepare = () =>
      Promise.reject(
        new EnvironmentError('ip: not permitted', { errno: 'EPERM', syscall: 'execve' }),
      );
    await world.start();
    assert.equal(world.tunnels.length, 0);
    assert.equal(world.state.phase, 'not-ready');
    assert.equal(world.state.problem, 'ip: not permitted');
    world.prepare = () => Promise.resolve();
    await world.pass(1000);
    assert.equal(world.tunnels.length, 1);
  });

  it('asks for a sign of life when routes changed and the way is the same', async () => {
    await world.start();
    world.listener!.heard();
    assert.equal(world.tunnels[0]!.written.length, 50, 'the first');
    world.supervisor.routesChanged();
    await settle();
    assert.equal(world.tunnels[0]!.written.length, 100);
    assert.equal(world.tunnels[0]!.destroyed, false);
  });

  // errors.md: route-changed
  it('reconnects at once when the local address has changed', async () => {
    await world.start();
    await world.pass(5000);
    world.localAddress = '203.0.113.9';
    world.supervisor.routesChanged();
    await world.pass(1000);
    assert.equal(world.tunnels[0]!.destroyed, true);
    assert.equal(world.tunnels.length, 2);
    assert.match(world.log.lines.join(), / 203\.0\.113\.9.*\[tunnel-down\.route-changed\]/);
  });

  it('reconnects when there is no route any more', async () => {
    await world.start();
    await world.pass(5000);
    world.probeRoute = () => {
      throw new EnvironmentError('no route to 198.51.100.7', {
        errno: 'ENETUNREACH',
        syscall: 'connect',
      });
    };
    world.supervisor.routesChanged();
    await settle();
    assert.equal(world.tunnels[0]!.destroyed, true);
    assert.match(world.state.lastDisconnect!.words, /no route to 198\.51\.100\.7/);
  });

  it('does not wait after an attempt during which a transport became usable', async () => {
    let fail: (error: Error) => void = () => assert.fail('not asked yet');
    world.connect = () => new Promise((_, reject) => (fail = reject));
    await world.start();
    const attempt = async (): Promise<void> => {
      const details = { errno: 'EHOSTDOWN', syscall: 'connect' };
      fail(new UplinkError('unreachable', 'psock-host does not answer', details));
      await settle();
    };
    // The wait has become long.
    for (let i = 0; i < 5; i++) {
      await attempt();
      await world.pass(2 ** i * 1000);
    }
    assert.equal(world.requests.length, 6);
    world.supervisor.transportUsable('psock');
    await attempt();
    assert.equal(world.requests.length, 6);
    await world.pass(1000);
    assert.equal(world.requests.length, 7);
    // Once only.
    await attempt();
    await world.pass(5000);
    assert.equal(world.requests.length, 7);
    world.supervisor.transportUsable('psock');
    await settle();
    assert.equal(world.requests.length, 8);
    await attempt();
  });

  it('does not wait out its back-off when routes change, but asks no more than once a second', async () => {
    world.connect = unreachable;
    await world.start();
    for (let i = 0; i < 20; i++) await world.pass(1000); // in a wait of 16 s, from 15 s on
    const before = world.loads;
    for (let i = 0; i < 10; i++) {
      world.supervisor.routesChanged();
      await world.pass(100);
    }
    assert.ok(world.loads - before >= 1, 'woken up');
    assert.ok(world.loads - before <= 2, `${world.loads - before} attempts within a second`);
  });

  it('hands changes of routes on to the search that is under way', async () => {
    world.connect = () => new Promise(() => undefined);
    await world.start();
    world.supervisor.routesChanged();
    world.supervisor.transportUsable('psock');
    world.supervisor.searchAgain('a test asks for it');
    assert.deepEqual(world.told, ['routes changed', 'psock usable', 'restart: a test asks for it']);
  });

  for (const [what, act] of [
    ['SIGHUP', () => world.supervisor.searchAgain('a test asks for it')],
    ['a replug', () => world.supervisor.retryNow()],
  ] as const) {
    it(`waits after a loss, though ${what} came while the tunnel was up, or before`, async () => {
      let stand: (tunnel: FakeTunnel) => void = () => undefined;
      world.connect = () => new Promise((resolve) => (stand = resolve));
      await world.start();
      act();
      const first = new FakeTunnel();
      stand(first);
      await world.pass(5000);
      assert.equal(world.state.phase, 'up');
      act();
      first.destroy();
      await settle();
      assert.equal(world.state.retryAt! - world.clock.now(), 1000);
    });
  }

  it('says of a server whether it has proved to be of use', async () => {
    await world.start();
    world.listener!.heard();
    world.tunnels[0]!.destroy();
    await world.pass(1000);
    world.tunnels[1]!.destroy();
    await world.pass(2000);
    world.supervisor.reload();
    await world.pass(200);
    assert.deepEqual(world.proved, ['198.51.100.7 true', '198.51.100.7 false']);
  });

  it('takes a new connection over the same transport when its keys are worn, and says why', async () => {
    await world.start();
    world.listener!.heard();
    world.tunnels[0]!.carriedBytes = 2 ** 40;
    await world.pass(10_000);
    world.listener!.heard();
    assert.equal(world.tunnels[0]!.destroyed, false);
    await world.pass(5000);
    const [first, second] = world.tunnels;
    assert.deepEqual([first?.destroyed, second?.destroyed], [true, false]);
    assert.ok(
      world.log.lines.some((line) =>
        line.includes(
          'another connection over tcp: its keys have protected as much as they should',
        ),
      ),
    );
    assert.equal(world.state.phase, 'up');
  });

  it('stops an attempt that is under way', async () => {
    world.connect = (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(stoppedError('connect'))),
      );
    await world.start();
    await world.end();
    assert.deepEqual(world.log.lines, [], 'and does not call that a failure');
  });

  it('leaves nothing behind when it is stopped', async () => {
    await world.start();
    await world.end();
    assert.equal(world.tunnels[0]!.destroyed, true);
    assert.equal(world.listener, undefined);
  });

  describe('a reload', () => {
    it('starts over at once, with everything read again', async () => {
      await world.start();
      await world.pass(100);
      world.supervisor.reload();
      await world.pass(200);
      assert.equal(world.tunnels[0]!.destroyed, true);
      assert.equal(world.tunnels.length, 2);
      assert.equal(world.loads, 2);
      assert.equal(world.state.phase, 'up');
      assert.equal(world.state.lastDisconnect?.cause.kind, 'reloaded');
    });

    it('ends a wait', async () => {
      world.connect = unreachable;
      await world.start();
      for (let i = 0; i < 20; i++) await world.pass(1000);
      const before = world.loads;
      world.supervisor.reload();
      await world.pass(1000);
      assert.equal(world.loads, before + 1);
    });

    it('calls off an attempt with the old settings', async () => {
      const connect = world.connect;
      world.connect = (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(stoppedError('connect'))),
        );
      await world.start();
      world.connect = connect;
      world.supervisor.reload();
      await world.pass(0);
      assert.equal(world.tunnels.length, 1);
      assert.equal(world.state.phase, 'up');
    });

    it('that changed nothing leaves the tunnel alone', async () => {
      await world.start();
      world.supervisor.retryNow();
      await world.pass(1000);
      assert.equal(world.tunnels.length, 1);
      assert.equal(world.tunnels[0]!.destroyed, false);
    });
  });

  describe('over a transport whose network has moved', () => {
    let stand: (tunnel: FakeTunnel) => void;
    const renewals = () => world.requests.filter(({ from }) => from === 1);

    beforeEach(async () => {
      world.rank = 1;
      await world.start();
      world.listener!.heard();
      assert.equal(world.state.session?.transport, 'psock');
      stand = () => assert.fail('not asked yet');
      world.connect = (_, { from }) =>
        from === 1 ? new Promise((resolve) => (stand = resolve)) : unreachable();
    });

    it('takes a new connection over the same one, and not before that stands', async () => {
      world.supervisor.transportMoved('psock');
      await world.pass(2000);
      assert.deepEqual(
        renewals().map(({ below }) => below),
        [2],
      );
      await world.pass(60_000);
      world.listener!.heard();
      assert.equal(world.tunnels[0]!.destroyed, false);
      const moved = new FakeTunnel();
      stand(moved);
      await world.pass(200);
      assert.equal(world.tunnels[0]!.destroyed, true);
      assert.equal(moved.destroyed, false);
      assert.ok(world.listener, 'the new tunnel carries data');
      assert.equal(world.state.sessions, 2);
      assert.equal(world.loads, 1);
      assert.match(world.log.lines.join('\n'), /over psock.*\[tunnel-moved\]/);
      await world.pass(60_000);
      assert.equal(renewals().length, 1, 'and stays there');
    });

    it('moves once more when that happened while the new connection was made', async () => {
      world.supervisor.transportMoved('psock');
      await world.pass(2000);
      world.supervisor.transportMoved('psock');
      stand(new FakeTunnel());
      await world.pass(20_000);
      assert.equal(renewals().length, 2);
    });

    it('stays where another transport moves', async () => {
      world.supervisor.transportMoved('tcp');
      await world.pass(60_000);
      assert.deepEqual(renewals(), []);
    });

    it('looks for a server over all transports when it ends before the new one stands', async () => {
      world.supervisor.transportMoved('psock');
      await world.pass(2000);
      const [renewal] = renewals();
      world.tunnels[0]!.destroy();
      await world.pass(0);
      assert.equal(renewal!.signal.aborted, true);
      const late = new FakeTunnel();
      stand(late);
      await world.pass(2000);
      assert.equal(late.destroyed, true);
      assert.equal(renewals().length, 1);
      assert.equal(world.requests.at(-1)?.from, 0);
    });

    it('leaves nothing behind when it stops meanwhile', async () => {
      world.supervisor.transportMoved('psock');
      await world.pass(2000);
      await world.end();
      world.forget();
      assert.equal(renewals()[0]!.signal.aborted, true);
      const late = new FakeTunnel();
      stand(late);
      await settle();
      assert.equal(late.destroyed, true);
    });
  });

  describe('on a transport that is not the best', () => {
    beforeEach(async () => {
      world.rank = 1;
      await world.start();
      world.listener!.heard();
      assert.equal(world.state.session?.transport, 'psock');
    });

    it('moves when a better one works again, and not before that stands', async () => {
      let stand: (tunnel: FakeTunnel) => void = () => assert.fail('not asked yet');
      world.connect = () => new Promise((resolve) => (stand = resolve));
      world.supervisor.routesChanged();
      await world.pass(5000);
      assert.equal(world.requests.at(-1)?.below, 1);
      assert.equal(world.tunnels[0]!.destroyed, false);
      assert.ok(world.listener, 'the tunnel still carries data');
      const better = new FakeTunnel();
      stand(better);
      await world.pass(200);
      assert.equal(world.tunnels[0]!.destroyed, true);
      assert.equal(better.destroyed, false);
      assert.equal(world.state.session?.transport, 'tcp');
      assert.equal(world.state.sessions, 2);
      assert.equal(world.loads, 1, 'without another look at the identity');
    });

    it('stays when none works, and shows what was found', async () => {
      world.connect = (_, { onAttempt }) => {
        const where = { transport: 'tcp', host: 'enf.example', address: '198.51.100.7' };
        onAttempt({ ...where, problem: 'still no answer' });
        return unreachable();
      };
      world.supervisor.routesChanged();
      await world.pass(5000);
      assert.equal(world.requests.length, 2);
      assert.equal(world.tunnels[0]!.destroyed, false);
      assert.equal(world.state.session?.transport, 'psock');
      assert.deepEqual(
        world.state.tried.map(({ transport, problem }) => [transport, problem]),
        [
          ['tcp', 'still no answer'],
          ['psock', undefined],
        ],
      );
    });

    /** A try of the better transport that goes on until the test ends it. */
    async function tryBetter(): Promise<{ stand: (tunnel: FakeTunnel) => void; fail: () => void }> {
      const connect = world.connect;
      let stand: (tunnel: FakeTunnel) => void = () => undefined;
      let fail: () => void = () => undefined;
      world.connect = () =>
        new Promise((resolve, reject) => {
          stand = resolve;
          fail = () => void unreachable().catch(reject);
        });
      world.supervisor.routesChanged();
      await world.pass(5000);
      assert.equal(world.requests.at(-1)?.below, 1);
      world.connect = connect;
      return { stand, fail };
    }

    it('reports the loss at once while a better one is being tried, and looks over the others', async () => {
      await tryBetter();
      world.tunnels[0]!.destroy();
      await settle();
      assert.equal(world.state.phase, 'waiting');
      assert.equal(world.state.lastDisconnect?.cause.kind, 'closed');
      assert.match(world.log.lines.join('\n'), /\[tunnel-down\.closed\]/);
      await world.pass(1000);
      assert.deepEqual([world.requests[2]?.from, world.requests[2]?.below], [1, undefined]);
      assert.equal(world.state.session?.transport, 'psock');
    });

    it('takes the better one when the session ends before it stands', async () => {
      const better = await tryBetter();
      world.tunnels[0]!.destroy();
      await world.pass(100);
      better.stand(new FakeTunnel());
      await world.pass(100);
      assert.equal(world.state.session?.transport, 'tcp');
      assert.equal(world.requests.length, 2, 'without another search');
    });

    it('takes the better one in place of a search that is under way', async () => {
      const better = await tryBetter();
      let found: (tunnel: FakeTunnel) => void = () => undefined;
      world.connect = () => new Promise((resolve) => (found = resolve));
      world.tunnels[0]!.destroy();
      await world.pass(1000);
      assert.equal(world.requests.length, 3);
      better.stand(new FakeTunnel());
      await world.pass(100);
      assert.equal(world.state.session?.transport, 'tcp');
      assert.equal(world.requests[2]?.signal.aborted, true);
      const late = new FakeTunnel();
      found(late);
      await settle();
      assert.equal(world.state.session?.transport, 'tcp');
    });

    it('takes the better one of two that stand in the same moment', async () => {
      const better = await tryBetter();
      let found: (tunnel: FakeTunnel) => void = () => undefined;
      world.connect = () => new Promise((resolve) => (found = resolve));
      world.tunnels[0]!.destroy();
      await world.pass(1000);
      const other = new FakeTunnel();
      found(other);
      better.stand(new FakeTunnel());
      await world.pass(200);
      assert.equal(world.state.session?.transport, 'tcp');
      assert.equal(other.destroyed, true);
    });

    it('does not wait when the better one stands as the session ends', async () => {
      const better = await tryBetter();
      world.tunnels[0]!.destroy();
      better.stand(new FakeTunnel());
      await settle();
      assert.equal(world.state.session?.transport, 'tcp');
    });

    it('moves to the better one that comes only after the next session has begun', async () => {
      const better = await tryBetter();
      world.tunnels[0]!.destroy();
      await world.pass(1000);
      assert.equal(world.state.session?.transport, 'psock');
      better.stand(new FakeTunnel());
      await world.pass(200);
      assert.equal(world.state.session?.transport, 'tcp');
      assert.equal(world.tunnels[1]!.destroyed, true);
    });

    it('destroys what a try brings after a reload', async () => {
      const better = await tryBetter();
      world.supervisor.reload();
      await world.pass(200);
      assert.equal(world.state.session?.transport, 'psock');
      const late = new FakeTunnel();
      better.stand(late);
      await world.pass(200);
      assert.equal(late.destroyed, true);
      assert.equal(world.state.session?.transport, 'psock');
    });

    it('destroys what a try with another identity brings', async () => {
      const better = await tryBetter();
      world.tunnels[0]!.destroy();
      await settle();
      world.loadIdentity = () => Promise.resolve({ ...identity, cert: 'another' });
      await world.pass(1000);
      const late = new FakeTunnel();
      better.stand(late);
      await world.pass(200);
      assert.equal(late.destroyed, true);
      assert.equal(world.state.session?.transport, 'psock');
    });

    it('tries all transports again when the better ones have failed, too', async () => {
      const better = await tryBetter();
      world.connect = unreachable;
      world.tunnels[0]!.destroy();
      await world.pass(1000);
      better.fail();
      await world.pass(5000);
      assert.equal(world.requests.at(-1)?.from, 0);
    });

    it('tries all transports at once when routes change after the better ones have failed', async () => {
      const better = await tryBetter();
      world.connect = () => new Promise(() => undefined);
      world.tunnels[0]!.destroy();
      await world.pass(1000);
      assert.equal(world.requests.at(-1)?.from, 1);
      world.supervisor.routesChanged();
      await settle();
      assert.equal(world.requests.length, 3, 'the try of the better one is not disturbed');
      better.fail();
      await settle();
      world.supervisor.routesChanged();
      await settle();
      assert.equal(world.requests[2]!.signal.aborted, true);
      assert.equal(world.requests.at(-1)?.from, 0);
      assert.equal(world.state.phase, 'connecting');
    });

    it('stops while it is moving', async () => {
      world.connect = (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(stoppedError('connect'))),
        );
      world.supervisor.routesChanged();
      await world.pass(5000);
      await world.end();
      assert.equal(world.tunnels[0]!.destroyed, true);
      assert.equal(world.state.phase, 'stopped');
    });

    it('lets a bug in the move through', async () => {
      const failure = assert.rejects(world.running, TypeError);
      world.connect = () => Promise.reject(new TypeError('a bug'));
      world.supervisor.routesChanged();
      await world.pass(5000);
      await failure;
      world.forget();
    });
  });

  it('shows its state', async () => {
    world.connect = (_, { onAttempt }) => {
      const where = { transport: 'tcp', host: 'enf.example', address: '198.51.100.7' };
      onAttempt({ ...where, problem: 'refused' });
      return unreachable();
    };
    await world.start();
    const { retryAt, ...waiting } = world.state;
    assert.deepEqual(waiting, {
      phase: 'waiting',
      since: world.clock.now(),
      address: 'fd00:8f80:1::1234',
      certificateEnds: identity.notAfter,
      session: undefined,
      provisioning: undefined,
      problem: undefined,
      problemCode: undefined,
      lastDisconnect: {
        at: world.clock.now(),
        cause: { kind: 'unreachable', detail: '198.51.100.7: ECONNREFUSED' },
        words: '198.51.100.7: ECONNREFUSED',
        nextStep: '',
      },
      tried: [
        {
          transport: 'tcp',
          host: 'enf.example',
          address: '198.51.100.7',
          problem: 'refused',
        },
      ],
      triedLeftOut: 0,
      needProvision: false,
      sessions: 0,
    });
    assert.equal(retryAt! - world.clock.now(), 1000);
    world.connect = () => Promise.resolve(new FakeTunnel());
    await world.pass(1000);
    const { session, tried } = world.state;
    assert.deepEqual(tried, []);
    assert.equal(session?.lastHeard, undefined);
    world.listener!.heard();
    assert.deepEqual(world.state.session, {
      transport: 'tcp',
      server: '198.51.100.7',
      port: 443,
      localAddress: '192.0.2.1',
      cipher: 'TLSv1.3',
      tls: 'node',
      keyUpdates: undefined,
      since: world.clock.now(),
      lastHeard: world.clock.now(),
    });
    assert.equal(world.state.sessions, 1);
  });

  it('lets errors of our own through', async () => {
    const broken = new World();
    broken.loadIdentity = () => Promise.reject(new TypeError('a bug'));
    const running = broken.supervisor.run(broken.stop.signal);
    await assert.rejects(running, TypeError);
  });
});
