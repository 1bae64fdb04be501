/**
 * A server, or a box on the way, that sends what it likes: random changes of what a good server sends, in random
 * pieces, and random bytes. Whatever arrives, the session ends with one of the documented results, what it delivered is
 * a prefix of what was sent, and the process lives; with the sanitized addon, without a fault. FUZZ_SECONDS is the
 * time, 1 by default from one seed; FUZZ_SEED repeats a run.
 */
import assert from 'node:assert/strict';
import { TlsHandshakeError } from '../../src/index.ts';
import { verifyCode } from '../../src/verify-codes.ts';
import { Reader, Rig } from '../rig.ts';
import { roughWire, type Treatment } from '../rough-wire.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 1);
const seed = Number(
  process.env.FUZZ_SEED ?? (process.env.FUZZ_SECONDS === undefined ? 1 : Date.now() & 0x7fffffff),
);
/** Never reached: the wire ends behind what was spoiled, so no side is left waiting for more. */
const handshakeTimeoutMs = 2000;

/** ERR_SSL_UNKNOWN and ERR_SSL_REASON_ have no reason of OpenSSL behind them. */
const reason = /^ERR_SSL_(?!UNKNOWN$|REASON_)[A-Z0-9_/]+$/;
const documented: ReadonlySet<string> = new Set([
  ...['CLOSED', 'CLOSE_NOTIFY', 'CUT', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'],
  ...Array.from({ length: 100 }, (_, error) => verifyCode(error)),
]);

describe('a session with a server that sends what it likes', () => {
  it('ends with a documented result', async function () {
    this.timeout(seconds * 1000 + 60_000);
    const random = randomFrom(seed);
    const rig = new Rig();
    const sent = Buffer.from('0123456789'.repeat(500));
    const ends = new Map<string, number>();
    try {
      const servers = [
        await rig.tlsServer((session) => session.write(sent)),
        await rig.tlsServer((session) => session.write(sent), { maxVersion: 'TLSv1.2' }),
      ];
      const ports = [];
      for (const server of servers)
        ports.push(await roughWire(rig, server, () => ({ toClient: spoiling(random) })));
      const deadline = Date.now() + seconds * 1000;
      for (let run = 0; Date.now() < deadline || run < 50; run++) {
        const end = await outcome(rig, ports[run % ports.length]!, sent, random);
        assert.ok(documented.has(end) || reason.test(end), `${end}: FUZZ_SEED=${seed}, run ${run}`);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    } finally {
      rig.close();
    }
    // One that never fails is not fuzzed, one that always fails in the same way sees only the first check.
    assert.ok(ends.size >= 4, JSON.stringify([...ends]));
    this.test!.title += ` (${[...ends.values()].reduce((a, b) => a + b, 0)} runs, ${ends.size} ends)`;
  });
});

async function outcome(rig: Rig, port: number, sent: Buffer, random: Random): Promise<string> {
  try {
    const stream = await rig.client(port, { handshakeTimeoutMs });
    const reader = new Reader(stream, 1 + random(3000));
    stream.write(Buffer.alloc(1 + random(40_000)));
    if (random(4) === 0) stream.updateKeys();
    if (random(4) === 0) stream.close();
    else stream.end(20);
    await Promise.race([reader.ended, new Promise((resolve) => setTimeout(resolve, 30))]);
    stream.close();
    assert.ok(reader.data.equals(sent.subarray(0, reader.length)), 'other data than was sent');
    const { end } = reader;
    return end === undefined
      ? 'CLOSED'
      : end.kind === 'error'
        ? end.code
        : end.kind.toUpperCase().replace('-', '_');
  } catch (error) {
    if (error instanceof TlsHandshakeError) return error.code;
    throw error;
  }
}

type Random = (below: number) => number;

/** Leaves most alone, so that handshakes get through, then does one thing and ends the wire. */
function spoiling(random: Random): Treatment {
  let untouched = random(5) === 0 ? 100 : random(6);
  const spoil = spoilingOnce(random);
  return (bytes) => (untouched-- > 0 ? pieces(bytes, random) : [...spoil(bytes), null]);
}

function spoilingOnce(random: Random): Treatment {
  return (bytes) => {
    const at = random(bytes.length);
    const noise = Buffer.from(Array.from({ length: 1 + random(60) }, () => random(256)));
    switch (random(7)) {
      case 0:
        return [bytes.subarray(0, at), noise, bytes.subarray(at)];
      case 1:
        return [bytes.subarray(0, at)];
      case 2:
        return [bytes, bytes];
      case 3:
        return [bytes.subarray(at)];
      case 4:
        // A record header of any type and length.
        return [Buffer.from([20 + random(5), 3, random(5), random(80), random(256)]), noise, bytes];
      case 5:
        return [noise];
      default:
        bytes[at]! ^= 1 << random(8);
        return pieces(bytes, random);
    }
  };
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  const at = random(bytes.length + 1);
  return [bytes.subarray(0, at), bytes.subarray(at)].filter((piece) => piece.length > 0);
}

/** Xorshift: the same numbers from the same seed. */
function randomFrom(start: number): Random {
  let state = start | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
