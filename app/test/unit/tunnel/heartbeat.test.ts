import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, instant, milliseconds, seconds } from '../../../src/core/time.ts';
import { Heartbeat } from '../../../src/tunnel/heartbeat.ts';

const start = instant(1_000_000);
const options = { period: seconds(300), timeout: seconds(10) };
const at = (offset: number): ReturnType<typeof instant> => after(start, seconds(offset));

describe('heartbeat', () => {
  it('asks after a whole period of silence, and gives the session up without an answer', () => {
    const heartbeat = new Heartbeat(options, start);
    assert.equal(heartbeat.deadline, at(300));
    assert.equal(heartbeat.expire(at(299)), 'none');
    assert.equal(heartbeat.expire(at(300)), 'send');
    assert.equal(heartbeat.deadline, at(310));
    assert.equal(heartbeat.expire(at(309)), 'none');
    assert.equal(heartbeat.expire(at(310)), 'dead');
  });

  it('takes any frame as proof, and then waits a full period again', () => {
    const heartbeat = new Heartbeat(options, start);
    assert.equal(heartbeat.expire(at(300)), 'send');
    heartbeat.heard(at(305), false);
    assert.equal(heartbeat.deadline, at(605));
    assert.equal(heartbeat.expire(at(310)), 'none');
    assert.equal(heartbeat.expire(at(605)), 'send');
  });

  it('asks 15 s after the first thing sent that nothing answered', () => {
    const heartbeat = new Heartbeat(options, start);
    heartbeat.sent(at(1));
    heartbeat.sent(at(9));
    assert.equal(heartbeat.deadline, at(16));
    assert.equal(heartbeat.expire(at(16)), 'send');
    assert.equal(heartbeat.expire(at(26)), 'dead');
  });

  it('forgets what was sent before something was received', () => {
    const heartbeat = new Heartbeat(options, start);
    heartbeat.sent(at(1));
    heartbeat.heard(at(2), false);
    assert.equal(heartbeat.deadline, at(302));
    heartbeat.sent(at(20));
    assert.equal(heartbeat.deadline, at(35));
  });

  it('asks 15 s after the last received byte while a write is not taken', () => {
    const heartbeat = new Heartbeat(options, start);
    heartbeat.sent(at(1));
    heartbeat.heard(at(2), true);
    heartbeat.heard(at(3), true);
    assert.equal(heartbeat.deadline, at(18));
    assert.equal(heartbeat.expire(at(18)), 'send');
    assert.equal(heartbeat.expire(at(28)), 'dead');
  });

  it('gives the answer more time while a full stream takes data, within a bound', () => {
    const heartbeat = new Heartbeat(options, start);
    heartbeat.progressed(at(0));
    assert.equal(heartbeat.deadline, at(300), 'nothing is asked');
    heartbeat.sent(at(0));
    assert.equal(heartbeat.expire(at(15)), 'send');
    for (const second of [20, 30, 40, 50, 60]) {
      heartbeat.progressed(at(second));
      assert.equal(heartbeat.deadline, at(second + 10));
    }
    heartbeat.progressed(at(70));
    assert.equal(heartbeat.deadline, at(75));
    assert.equal(heartbeat.expire(at(75)), 'dead');
  });

  it('asks at once on demand, and only once while the answer is awaited', () => {
    const heartbeat = new Heartbeat(options, start);
    assert.equal(heartbeat.request(at(5)), 'send');
    assert.equal(heartbeat.request(at(9)), 'none');
    assert.equal(heartbeat.deadline, at(15), 'a repeated request does not extend the time');
    heartbeat.heard(at(10), false);
    assert.equal(heartbeat.request(at(11)), 'send');
    assert.equal(heartbeat.deadline, at(21));
  });

  it('does not wait longer for an answer because more is sent', () => {
    const heartbeat = new Heartbeat(options, start);
    heartbeat.request(at(0));
    heartbeat.sent(at(9));
    assert.equal(heartbeat.deadline, at(10));
  });

  it('asks before the period ends when that is shorter than 15 s', () => {
    const heartbeat = new Heartbeat({ period: seconds(5), timeout: seconds(1) }, start);
    heartbeat.sent(at(1));
    assert.equal(heartbeat.deadline, at(5));
  });

  it('notices any dead peer within 25 s of sending, whatever happened before', () => {
    const event = fc.tuple(fc.constantFrom('sent', 'heard', 'progress', 'request'), fc.nat(20_000));
    const isHeardLast = fc.boolean();
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), isHeardLast, (events, isHeard) => {
        const heartbeat = new Heartbeat(options, start);
        let now = start;
        const run = (until: number): 'dead' | 'alive' => {
          while (heartbeat.deadline <= until) {
            now = instant(Math.max(now, heartbeat.deadline));
            if (heartbeat.expire(now) === 'dead') return 'dead';
          }
          now = instant(until);
          return 'alive';
        };
        for (const [kind, wait] of events) {
          if (run(now + wait) === 'dead') return;
          if (kind === 'sent') heartbeat.sent(now);
          else if (kind === 'progress') heartbeat.progressed(now);
          else if (kind === 'heard') heartbeat.heard(now, false);
          else heartbeat.request(now);
        }
        heartbeat.sent(now);
        // Of a write that the stream never takes.
        if (isHeard) heartbeat.heard(now, true);
        const died = after(now, milliseconds(25_000));
        assert.equal(run(died), 'dead');
      }),
    );
  });
});
