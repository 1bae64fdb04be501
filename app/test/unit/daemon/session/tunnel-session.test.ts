import assert from 'node:assert/strict';
import { seconds } from '../../../../src/core/time.ts';
import type { TunnelListener } from '../../../../src/daemon/packets/data-path.ts';
import { DeadlineTimer } from '../../../../src/platform/deadline-timer.ts';
import { TunnelSession } from '../../../../src/daemon/session/tunnel-session.ts';
import { heartbeatFrame } from '../../../../src/tunnel/heartbeat-message.ts';
import type { SessionEnd } from '../../../../src/tunnel/session-policy.ts';
import { ownAddress, toHex } from '../../router/packets.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { FakeTunnel } from '../packets/fake-tunnel.ts';

const heartbeat = { period: seconds(300), timeout: seconds(10) };
const request = toHex(heartbeatFrame(ownAddress));

function setUp(tunnel = new FakeTunnel()): {
  clock: FakeClock;
  tunnel: FakeTunnel;
  session: TunnelSession;
  state: {
    listener: TunnelListener | undefined;
    accepted: number;
    worn: number;
    end: SessionEnd | undefined;
  };
} {
  const clock = new FakeClock();
  const state = {
    listener: undefined as TunnelListener | undefined,
    accepted: 0,
    worn: 0,
    end: undefined as SessionEnd | undefined,
  };
  const session = new TunnelSession({
    stream: tunnel.stream,
    address: ownAddress,
    dataPath: {
      attach: (_, listener: TunnelListener) => {
        state.listener = listener;
        const path = { readable: () => undefined, deliver: () => undefined };
        tunnel.feed(path, (end) => listener.streamEnded(end));
      },
      sendFirst: (frame) => tunnel.write(frame),
      detach: () => (state.listener = undefined),
    },
    heartbeat,
    clock,
    timer: new DeadlineTimer(clock),
    onAccepted: () => state.accepted++,
    onKeysWorn: () => state.worn++,
  });
  void session.ended.then((end) => (state.end = end));
  return { clock, tunnel, session, state };
}

describe('tunnel session', () => {
  it('reports once that the server has sent something', () => {
    const { state } = setUp();
    assert.equal(state.accepted, 0);
    state.listener!.heard();
    state.listener!.heard();
    assert.equal(state.accepted, 1);
  });

  it('asks the server for its first byte at once, and gives it the time of a heartbeat', async () => {
    const { clock, tunnel, session, state } = setUp();
    await settle();
    assert.equal(toHex(tunnel.written), request);
    assert.equal(session.lastHeard, undefined);
    clock.advance(9_999);
    await settle();
    assert.equal(state.end, undefined);
    clock.advance(1);
    await settle();
    assert.deepEqual(state.end, {
      cause: { kind: 'silent' },
      heardServer: false,
      lived: seconds(10),
    });
  });

  // errors.md: heartbeat-timeout
  it('sends a heartbeat after the period, and ends when nothing answers', async () => {
    const { clock, tunnel, session, state } = setUp();
    state.listener!.heard();
    assert.equal(session.lastHeard, clock.now());
    clock.advance(299_999);
    await settle();
    assert.equal(toHex(tunnel.written), request);
    clock.advance(1);
    await settle();
    assert.equal(toHex(tunnel.written), request.repeat(2));
    clock.advance(10_000);
    await settle();
    assert.deepEqual(state.end, {
      cause: { kind: 'heartbeat-timeout' },
      heardServer: true,
      lived: seconds(310),
    });
    assert.equal(tunnel.destroyed, true);
    assert.equal(state.listener, undefined, 'the data path is free');
  });

  it('lives on when anything answers', async () => {
    const { clock, state } = setUp();
    state.listener!.heard();
    clock.advance(300_000);
    state.listener!.heard();
    clock.advance(299_999);
    await settle();
    assert.equal(state.end, undefined);
  });

  it('notices within 25 s that what it sends has no echo, though the write never ends', async () => {
    const { clock, tunnel, state } = setUp();
    state.listener!.heard();
    tunnel.hold();
    tunnel.write(Buffer.alloc(1000));
    state.listener!.sent();
    clock.advance(25_000);
    await settle();
    assert.equal(state.end?.cause.kind, 'heartbeat-timeout');
  });

  it('notices within 25 s that the way has died under a full load, though the server has just sent something', async () => {
    const { clock, tunnel, state } = setUp();
    const cause = (): string | undefined => state.end?.cause.kind;
    tunnel.hold();
    tunnel.write(Buffer.alloc(1000));
    state.listener!.sent();
    state.listener!.heard();
    clock.advance(24_999);
    await settle();
    assert.equal(cause(), undefined);
    clock.advance(1);
    await settle();
    assert.equal(cause(), 'heartbeat-timeout');
  });

  it('keeps a tunnel that takes data slowly and has not answered yet', async () => {
    const { clock, tunnel, state } = setUp();
    const cause = (): string | undefined => state.end?.cause.kind;
    state.listener!.heard();
    tunnel.hold();
    tunnel.write(Buffer.alloc(1000));
    state.listener!.sent();
    tunnel.hasMoved = true;
    clock.advance(60_000);
    await settle();
    assert.equal(cause(), undefined);
    tunnel.hasMoved = false;
    clock.advance(10_000);
    await settle();
    assert.equal(cause(), 'heartbeat-timeout');
  });

  it('probes on demand, once until the answer', async () => {
    const { clock, tunnel, session, state } = setUp();
    state.listener!.heard();
    session.probe();
    session.probe();
    await settle();
    assert.equal(toHex(tunnel.written), request.repeat(2));
    clock.advance(10_000);
    await settle();
    assert.equal(state.end?.cause.kind, 'heartbeat-timeout');
  });

  it('sends the heartbeat before data that has not been read yet', async () => {
    const { tunnel, session, state } = setUp();
    await settle();
    state.listener!.heard();
    tunnel.hold();
    tunnel.write('a');
    session.probe();
    tunnel.write('b');
    tunnel.release();
    await settle();
    assert.equal(toHex(tunnel.written), `${request}61${request}62`);
  });

  for (const [name, act, cause] of [
    [
      'the server closes',
      (tunnel: FakeTunnel) => void (tunnel.resume(), tunnel.push(null)),
      { kind: 'closed' },
    ],
    ['the socket is gone', (tunnel: FakeTunnel) => void tunnel.destroy(), { kind: 'closed' }],
    [
      'the connection breaks',
      (tunnel: FakeTunnel) =>
        void tunnel.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })),
      { kind: 'connection-lost', detail: 'ECONNRESET' },
    ],
    [
      'an alert comes before the first byte',
      (tunnel: FakeTunnel) => void tunnel.destroy(alert()),
      { kind: 'refused', detail: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
    ],
  ] as const) {
    it(`ends when ${name}`, async () => {
      const { tunnel, state } = setUp();
      act(tunnel);
      await settle();
      assert.deepEqual(state.end?.cause, cause);
      assert.equal(tunnel.destroyed, true);
      assert.equal(state.listener, undefined);
    });
  }

  it('takes an orderly end before the first byte for a refusal', async () => {
    const { tunnel, state } = setUp();
    tunnel.isClosedByServer = true;
    tunnel.resume();
    tunnel.push(null);
    await settle();
    assert.equal(state.end?.cause.kind, 'refused');
  });

  it('takes an orderly end after the first byte for a closed connection', async () => {
    const { tunnel, state } = setUp();
    tunnel.isClosedByServer = true;
    state.listener!.heard();
    tunnel.resume();
    tunnel.push(null);
    await settle();
    assert.equal(state.end?.cause.kind, 'closed');
  });

  // errors.md: connection-lost
  it('takes an alert after the first byte for a lost connection', async () => {
    const { tunnel, state } = setUp();
    state.listener!.heard();
    tunnel.destroy(alert());
    await settle();
    assert.equal(state.end?.cause.kind, 'connection-lost');
    assert.equal(state.end?.heardServer, true);
  });

  it('reports once that its keys are worn, by traffic of either direction', () => {
    for (const event of ['heard', 'sent'] as const) {
      const { clock, tunnel, state } = setUp();
      tunnel.carriedBytes = 128 * 1024 ** 3 - 1;
      clock.advance(9_000);
      state.listener!.heard();
      clock.advance(1_000);
      state.listener![event]();
      assert.equal(state.worn, 0);
      tunnel.carriedBytes++;
      clock.advance(9_999);
      state.listener![event]();
      assert.equal(state.worn, 0, 'not asked for each burst');
      clock.advance(1);
      state.listener![event]();
      clock.advance(10_000);
      state.listener!.heard();
      assert.equal(state.worn, 1);
    }
  });

  // errors.md: bad-frame
  it('ends at a frame that is too long', async () => {
    const { state, tunnel } = setUp();
    state.listener!.badFrame(1497);
    await settle();
    assert.deepEqual(state.end?.cause, { kind: 'bad-frame', length: 1497 });
    assert.equal(tunnel.destroyed, true);
  });

  it('ends at once with a socket that was lost before', async () => {
    const tunnel = new FakeTunnel();
    tunnel.destroy();
    const { state } = setUp(tunnel);
    await settle();
    assert.equal(state.end?.cause.kind, 'closed');
    assert.equal(state.listener, undefined);
  });

  it('says goodbye when it is stopped', async () => {
    const { tunnel, session, state } = setUp();
    session.end({ kind: 'stopped' });
    await settle();
    assert.equal(tunnel.writableFinished, true);
    assert.equal(state.end?.cause.kind, 'stopped');
  });

  it('does not wait longer than 200 ms for its goodbye', async () => {
    const { clock, tunnel, session, state } = setUp();
    tunnel.hold();
    tunnel.write('stuck');
    session.end({ kind: 'stopped' });
    clock.advance(199);
    await settle();
    assert.equal(tunnel.destroyed, false);
    clock.advance(1);
    await settle();
    assert.equal(state.end?.cause.kind, 'stopped');
    assert.equal(tunnel.destroyed, true);
  });

  it('keeps its first cause, and leaves no timer', async () => {
    const { clock, session, state } = setUp();
    session.end({ kind: 'route-changed', detail: 'x' });
    session.end({ kind: 'stopped' });
    await settle();
    assert.equal(state.end?.cause.kind, 'route-changed');
    clock.advance(1_000_000);
    session.probe();
    await settle();
    assert.equal(state.end?.cause.kind, 'route-changed');
  });
});

function alert(): Error {
  return Object.assign(new Error('alert'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
}
