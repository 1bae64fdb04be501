import assert from 'node:assert/strict';
import { milliseconds, seconds } from '../../../src/core/time.ts';
import {
  describeCause,
  nextStepFor,
  type DisconnectCause,
} from '../../../src/tunnel/disconnect-cause.ts';
import { SessionPolicy } from '../../../src/tunnel/session-policy.ts';

const none = seconds(0);
const newPolicy = (): SessionPolicy => new SessionPolicy({ random: () => 0.999999 });

describe('session policy', () => {
  const early = (cause: DisconnectCause): Parameters<SessionPolicy['sessionEnded']>[0] => ({
    cause,
    heardServer: false,
    lived: milliseconds(5),
  });

  it('needs a new certificate when the identity cannot be used', () => {
    const policy = newPolicy();
    assert.equal(policy.needProvision, false);
    assert.deepEqual(policy.identityUnusable(), { wait: seconds(1), needProvision: true });
  });

  // errors.md: refused
  it('needs a new certificate after one authenticated refusal', () => {
    const policy = newPolicy();
    assert.equal(policy.sessionEnded(early({ kind: 'refused', detail: 'x' })).needProvision, true);
  });

  it('calls an identity refused for nothing but an authenticated refusal', () => {
    const policy = newPolicy();
    policy.identityUnusable();
    for (const kind of ['closed', 'connection-lost'] as const) {
      const end = early({ kind, detail: 'ECONNRESET' });
      for (let i = 0; i < 3; i++) policy.sessionEnded(end);
    }
    assert.deepEqual([policy.needProvision, policy.isRefused], [true, false]);
    policy.sessionEnded(early({ kind: 'refused', detail: 'x' }));
    assert.equal(policy.isRefused, true);
    policy.accepted();
    assert.equal(policy.isRefused, false);
  });

  // errors.md: closed
  for (const kind of ['closed', 'connection-lost'] as const) {
    it(`needs a new certificate only after three times ${kind} before the first byte`, () => {
      const policy = newPolicy();
      const end = early({ kind, detail: 'ECONNRESET' });
      assert.equal(policy.sessionEnded(end).needProvision, false);
      assert.equal(policy.sessionEnded(end).needProvision, false);
      assert.deepEqual(policy.sessionEnded(end), { wait: seconds(4), needProvision: true });
    });
  }

  it('counts such closes from zero once the server has sent something', () => {
    const policy = newPolicy();
    const end = early({ kind: 'closed' });
    policy.sessionEnded(end);
    policy.sessionEnded(end);
    policy.accepted();
    assert.equal(policy.sessionEnded(end).needProvision, false);
  });

  it('takes the need back once the server has accepted us', () => {
    const policy = newPolicy();
    policy.identityUnusable();
    policy.accepted();
    assert.equal(policy.needProvision, false);
  });

  it('does not hold against another identity what the server thought of the last one', () => {
    const policy = newPolicy();
    const end = early({ kind: 'closed' });
    for (let i = 0; i < 3; i++) policy.sessionEnded(end);
    assert.equal(policy.needProvision, true);
    policy.identityReplaced();
    assert.equal(policy.needProvision, false);
    assert.equal(policy.sessionEnded(end).needProvision, false);
  });

  const innocent: DisconnectCause[] = [
    { kind: 'unreachable', detail: 'x' },
    { kind: 'server-untrusted', detail: 'x' },
    { kind: 'handshake-failed', detail: 'x' },
    { kind: 'heartbeat-timeout' },
    // errors.md: silent
    { kind: 'silent' },
    // errors.md: moved
    { kind: 'moved', detail: 'x' },
    // errors.md: reloaded
    { kind: 'reloaded' },
    { kind: 'bad-frame', length: 9000 },
    { kind: 'route-changed', detail: 'x' },
  ];
  for (const cause of innocent) {
    it(`never blames the certificate for: ${cause.kind}`, () => {
      const policy = newPolicy();
      for (let i = 0; i < 10; i++) {
        assert.equal(policy.sessionEnded(early(cause)).needProvision, false);
      }
    });
  }

  it('never blames the certificate for a close after the first byte', () => {
    const policy = newPolicy();
    for (let i = 0; i < 10; i++) {
      const end = { cause: { kind: 'closed' }, heardServer: true, lived: seconds(1) } as const;
      assert.equal(policy.sessionEnded(end).needProvision, false);
    }
  });

  it('backs off on failures, and starts over after a useful session', () => {
    const policy = newPolicy();
    const failed = {
      cause: { kind: 'unreachable', detail: 'x' },
      heardServer: false,
      lived: none,
    } as const;
    assert.equal(policy.sessionEnded(failed).wait, seconds(1));
    assert.equal(policy.sessionEnded(failed).wait, seconds(2));
    const useful = { cause: { kind: 'closed' }, heardServer: true, lived: seconds(3600) } as const;
    assert.equal(policy.sessionEnded(useful).wait, seconds(1));
    assert.equal(policy.notReady().wait, seconds(2));
  });

  it('starts over at once after a reload', () => {
    const end = { cause: { kind: 'reloaded' }, heardServer: false, lived: none } as const;
    assert.equal(newPolicy().sessionEnded(end).wait, 0);
  });

  it('reconnects at once after a route change, unless the session was too short', () => {
    const policy = newPolicy();
    const moved = { cause: { kind: 'route-changed', detail: 'x' }, heardServer: true } as const;
    assert.equal(policy.sessionEnded({ ...moved, lived: seconds(5) }).wait, 0);
    assert.equal(policy.sessionEnded({ ...moved, lived: seconds(0.5) }).wait, seconds(1));
  });

  it('has words for every cause', () => {
    const causes: DisconnectCause[] = [
      ...innocent,
      { kind: 'refused', detail: 'x' },
      { kind: 'closed' },
      { kind: 'connection-lost', detail: 'x' },
      { kind: 'stopped' },
    ];
    const words = causes.map(describeCause);
    assert.ok(words.every((text) => text.length > 0));
    assert.match(describeCause({ kind: 'bad-frame', length: 9000 }), /9000/);
  });

  it('says what to do where the words do not', () => {
    assert.match(nextStepFor({ kind: 'refused', detail: 'x' }), /provision/);
    assert.match(nextStepFor({ kind: 'silent' }), /operator/);
    assert.match(nextStepFor({ kind: 'bad-frame', length: 9000 }), /remote\.hosts/);
    assert.match(nextStepFor({ kind: 'heartbeat-timeout' }), /uplink/);
    assert.equal(nextStepFor({ kind: 'stopped' }), '');
  });
});
