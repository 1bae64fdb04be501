import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { status, upState, waitingState } from './status-fixture.ts';

describe('status document', () => {
  it('gives ages in seconds, and null for what is not there', () => {
    const up = status();
    assert.equal(up.name, 'enf0');
    assert.equal(up.stateSeconds, 3720);
    assert.equal(up.uptimeSeconds, 4000);
    assert.deepEqual([up.session?.seconds, up.session?.lastHeardSeconds], [3720, 2]);
    assert.deepEqual(up.certificate, { ends: '2027-03-01T00:00:00.000Z', daysLeft: 97 });
    assert.deepEqual([up.lastDisconnect, up.retryInSeconds, up.problem], [null, null, null]);
  });

  it('reports the last failure with its next step, what was tried, and when it goes on', () => {
    const waiting = status({ tunnel: waitingState });
    assert.equal(waiting.session, null);
    assert.equal(waiting.retryInSeconds, 8);
    assert.deepEqual(waiting.lastDisconnect, {
      secondsAgo: 4,
      cause: 'heartbeat-timeout',
      words: 'no answer to the heartbeat',
      nextStep: 'check the way to the server',
    });
    assert.deepEqual(waiting.attempts[1], {
      transport: 'psock',
      host: 'enf.example',
      address: null,
      problem: 'no host',
    });
  });

  it('counts the days after the end of the certificate below zero', () => {
    const ended = status({ tunnel: { ...upState, certificateEnds: new Date('2026-11-20') } });
    assert.equal(ended.certificate?.daysLeft, -4);
  });

  it('loses nothing as JSON: no member is undefined, no number is not finite', () => {
    for (const tunnel of [upState, waitingState]) {
      for (const traffic of [status().traffic, null]) {
        const document = status({ tunnel, traffic });
        assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
      }
    }
  });

  it('docs/status.md explains every member', () => {
    const page = readFileSync(
      path.resolve(import.meta.dirname, '../../../../docs/status.md'),
      'utf8',
    );
    const members = new Set<string>();
    collect(status(), members);
    collect(status({ tunnel: waitingState }), members);
    const missing = [...members].filter((name) => !page.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });
});

function collect(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) return value.forEach((one) => collect(one, into));
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    into.add(name);
    collect(inner, into);
  }
}
