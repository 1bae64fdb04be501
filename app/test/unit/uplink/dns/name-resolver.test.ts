import assert from 'node:assert/strict';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { instant, milliseconds, seconds } from '../../../../src/core/time.ts';
import type { Exchange } from '../../../../src/uplink/dns/exchange.ts';
import type { Answer } from '../../../../src/uplink/dns/message.ts';
import {
  NameResolver,
  type NameResolverOptions,
} from '../../../../src/uplink/dns/name-resolver.ts';
import type { AddressLiteral } from '../../../../src/uplink/address-literal.ts';

const signal = new AbortController().signal;
const addresses = (...list: string[]): Answer => ({
  kind: 'addresses',
  addresses: list,
  ttl: seconds(60),
});
const silence = (ask: Exchange): Promise<never> =>
  Promise.reject(
    new EnvironmentError(`DNS server ${ask.server}: no answer`, {
      errno: 'ETIMEDOUT',
      syscall: 'DNS',
    }),
  );
/** Waits until it is called off. */
const forever = (ask: Exchange): Promise<never> =>
  new Promise((_, reject) =>
    // An abort reason is an Error.
    ask.signal.addEventListener('abort', () => reject(ask.signal.reason as Error)),
  );

type Server = (ask: Exchange) => Answer | Promise<Answer>;

/** Servers by address; keeps what was asked. */
function world(servers: Record<string, Server>, parts: Partial<NameResolverOptions> = {}) {
  const asked: string[] = [];
  const questions: Exchange[] = [];
  const time = { now: 1000 };
  const resolver = new NameResolver({
    servers: () => Object.keys(servers) as AddressLiteral[], // Names stand for addresses here.
    knownAddresses: () => [],
    exchange: async (ask) => {
      asked.push(`${ask.server} ${ask.question.type} ${ask.protocol}`);
      questions.push(ask);
      return servers[ask.server]!(ask);
    },
    now: () => instant(time.now),
    ...parts,
  });
  return { resolver, asked, questions, time };
}

/** One address per family. */
const good: Server = ({ question }) =>
  question.type === 'A' ? addresses('192.0.2.1') : addresses('2001:db8::1');

async function problem(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof EnvironmentError, String(error));
  return `${error.errno}: ${error.message}`;
}

describe('name resolver', () => {
  it('asks for one type alone where only that is wanted', async () => {
    const { resolver, asked } = world({ s: good }, { types: ['AAAA'] });
    assert.deepEqual(await resolver.resolve('enf.example', signal), ['2001:db8::1']);
    assert.deepEqual(asked, ['s AAAA udp']);
  });

  it('keeps the last answer, when it has expired', async () => {
    const { resolver, asked, time } = world({ s: good });
    assert.deepEqual(resolver.lastKnown('enf.example'), []);
    const found = await resolver.resolve('enf.example', signal);
    time.now += 3_600_000;
    assert.deepEqual(resolver.lastKnown('enf.example'), found);
    resolver.clear();
    assert.deepEqual(resolver.lastKnown('enf.example'), found);
    assert.equal(asked.length, 2);
    await resolver.resolve('enf.example', signal);
    assert.equal(asked.length, 4);
  });

  it('asks for both families', async () => {
    const { resolver } = world({ s: good });
    assert.deepEqual(await resolver.resolve('enf.example', signal), ['2001:db8::1', '192.0.2.1']);
  });

  it('prefers the operator to any server', async () => {
    const known = { knownAddresses: () => ['198.51.100.1'] };
    const { resolver, asked } = world({ s: good }, known);
    assert.deepEqual(await resolver.resolve('enf.example', signal), ['198.51.100.1']);
    assert.deepEqual(asked, []);
  });

  it('keeps an answer as long as it says, and no longer', async () => {
    const { resolver, asked, time } = world({ s: good });
    await resolver.resolve('enf.example', signal);
    time.now += 59_999;
    await resolver.resolve('enf.example', signal);
    assert.equal(asked.length, 2);
    time.now += 1;
    await resolver.resolve('enf.example', signal);
    assert.equal(asked.length, 4);
  });

  it('asks again after its cache was cleared', async () => {
    const { resolver, asked } = world({ s: good });
    await resolver.resolve('enf.example', signal);
    resolver.clear();
    await resolver.resolve('enf.example', signal);
    assert.equal(asked.length, 4);
  });

  it('does not keep the answer to a question that was asked in another network', async () => {
    let answerNow = (): void => undefined;
    const held = new Promise<void>((resolve) => (answerNow = resolve));
    let isOther = false;
    const { resolver } = world({
      s: async (ask) => {
        if (isOther) return good(ask);
        await held;
        return addresses(ask.question.type === 'A' ? '198.51.100.9' : '2001:db8::9');
      },
    });
    const late = resolver.resolve('enf.example', signal);
    await new Promise((resolve) => setImmediate(resolve));
    resolver.clear();
    isOther = true;
    const now = await resolver.resolve('enf.example', signal);
    answerNow();
    await late;
    assert.deepEqual(await resolver.resolve('enf.example', signal), now);
    assert.deepEqual(resolver.lastKnown('enf.example'), now);
  });

  it('keeps nothing of an attempt that was given up', async () => {
    const stop = new AbortController();
    const { resolver } = world({
      // The answer and the end of the attempt come together.
      s: (ask) => {
        if (ask.question.type === 'A') setImmediate(() => stop.abort(new RangeError('given up')));
        return ask.question.type === 'A' ? good(ask) : forever(ask);
      },
    });
    await assert.rejects(resolver.resolve('enf.example', stop.signal), RangeError);
    assert.deepEqual(resolver.lastKnown('enf.example'), []);
    const known = { knownAddresses: () => ['198.51.100.1'] };
    const other = world({ s: good }, known).resolver.resolve('enf.example', AbortSignal.abort());
    await assert.rejects(other, { name: 'AbortError' });
  });

  it('remembers a bounded number of names', async () => {
    const { resolver, asked } = world({ s: good });
    const names = Array.from({ length: 200 }, (_, n) => `n${n}.example`);
    for (const name of names) await resolver.resolve(name, signal);
    const kept = names.filter((name) => resolver.lastKnown(name).length > 0);
    assert.ok(kept.length > 0 && kept.length <= 64, `${kept.length} names`);
    asked.length = 0;
    await resolver.resolve(names.at(-1)!, signal);
    assert.deepEqual(asked, [], 'the newest is among them');
  });

  it('does not keep an answer without a lifetime', async () => {
    const { resolver, asked } = world({
      s: () => ({ ...addresses('192.0.2.1'), ttl: seconds(0) }),
    });
    await resolver.resolve('enf.example', signal);
    await resolver.resolve('enf.example', signal);
    assert.equal(asked.length, 4);
  });

  it('uses another unpredictable id for each question', async () => {
    const { resolver, questions } = world({ s: good });
    for (let i = 0; i < 10; i++) await resolver.resolve(`n${i}.example`, signal);
    assert.ok(new Set(questions.map(({ question }) => question.id)).size >= 18);
  });

  it('asks over TCP when a datagram was too short', async () => {
    const { resolver, asked } = world({
      s: (ask) => (ask.protocol === 'udp' ? { kind: 'truncated' } : good(ask)),
    });
    assert.equal((await resolver.resolve('enf.example', signal)).length, 2);
    assert.deepEqual(asked.sort(), ['s A tcp', 's A udp', 's AAAA tcp', 's AAAA udp']);
  });

  for (const [name, bad] of [
    ['is silent', silence],
    ['fails', () => ({ kind: 'failed', reason: 'SERVFAIL' })],
    ['refuses', () => ({ kind: 'failed', reason: 'REFUSED' })],
  ] as const satisfies readonly (readonly [string, Server])[]) {
    it(`goes to the next server when the first ${name}`, async () => {
      const { resolver } = world({ first: bad, second: good });
      assert.equal((await resolver.resolve('enf.example', signal)).length, 2);
    });
  }

  it('asks a server again that lost one question', async () => {
    let lost = 0;
    const { resolver } = world({ s: (ask) => (lost++ < 2 ? silence(ask) : good(ask)) });
    assert.equal((await resolver.resolve('enf.example', signal)).length, 2);
  });

  it('is content with one family', async () => {
    const { resolver } = world({
      s: (ask) => (ask.question.type === 'A' ? good(ask) : addresses()),
    });
    assert.deepEqual(await resolver.resolve('enf.example', signal), ['192.0.2.1']);
  });

  it('does not wait long for the second family', async () => {
    const { resolver } = world({
      s: (ask) => (ask.question.type === 'A' ? good(ask) : forever(ask)),
    });
    assert.deepEqual(await resolver.resolve('enf.example', signal), ['192.0.2.1']);
  });

  for (const [name, servers, parts, words] of [
    [
      'there is no server',
      {},
      {},
      /^ENODATA: enf\.example: there is no DNS server .* remote\.dns_servers; .*remote\.hosts$/,
    ],
    [
      'the name does not exist',
      { s: () => ({ kind: 'no such name' }) as const },
      {},
      /^ENOTFOUND: enf\.example: DNS has no such name; correct remote\.hosts$/,
    ],
    [
      'the name has no address',
      { s: () => addresses() },
      {},
      /^ENODATA: enf\.example: DNS has this name, but no address for it/,
    ],
    [
      'every server fails',
      { s: () => ({ kind: 'failed', reason: 'REFUSED' }) as const },
      {},
      /^EREMOTEIO: enf\.example: DNS server s fails \(REFUSED\); check DNS/,
    ],
    [
      'every server is silent',
      { one: forever, two: forever },
      { deadline: milliseconds(50) },
      /^ETIMEDOUT: enf\.example: no answer from DNS within 0\.05 s \(asked: one, two\)/,
    ],
  ] as const) {
    it(`says so when ${name}`, async () => {
      const { resolver } = world(servers, parts);
      assert.match(await problem(resolver.resolve('enf.example', signal)), words);
    });
  }

  it('can be called off', async () => {
    const stop = new AbortController();
    const { resolver } = world({ s: forever });
    const attempt = resolver.resolve('enf.example', stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(attempt, { name: 'AbortError' });
  });

  it('lets errors of our own through', async () => {
    const { resolver } = world({
      s: () => {
        throw new TypeError('a bug');
      },
    });
    await assert.rejects(resolver.resolve('enf.example', signal), TypeError);
  });
});
