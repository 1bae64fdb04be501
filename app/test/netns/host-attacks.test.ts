/**
 * A host that does its worst to the card: it floods it with good messages from senders that change all the time and
 * with everything malformed, and it looks for something to talk to.
 *
 * The promise is an answer within 100 ms. What the host asks has a queue of its own, so nearly every question must be
 * answered; but flood and prober share the machine's processors with the service, so it is the median that must keep
 * the promise.
 */
import assert from 'node:assert/strict';
import { globalAddresses, defaultRoute } from '../harness/host-client.ts';
import type { ScanResult } from '../attack/host-scan.ts';
import { labFolder, script } from '../harness/paths.ts';
import {
  cardAddresses,
  hostInterface,
  serviceAddress,
  tunnelAddress,
} from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { residentMiB } from '../harness/usage.ts';
import { siteForAll, siteForEach } from './site-fixture.ts';

/** For the flood of malformed frames; the others get a part of it. FLOOD_SECONDS=60 is for the night. */
const floodSeconds = Number(process.env.FLOOD_SECONDS ?? 10);
const promiseMs = 100;
const leastAnswered = 0.9;
/** Below what the unit of the card allows the service (MemoryMax=160M). */
const residentLimitMiB = 140;
/** What a flood may add to those before it: a leak of some 20 bytes per frame. */
const growthLimitMiB = 24;

const floods = [
  { kind: 'malformed', seconds: floodSeconds, what: 'everything malformed' },
  {
    kind: 'rs',
    seconds: Math.ceil(floodSeconds / 3),
    what: 'router solicitations from random senders',
  },
  {
    kind: 'ns',
    seconds: Math.ceil(floodSeconds / 3),
    what: 'neighbour solicitations from random senders',
  },
  { kind: 'dhcpv6', seconds: Math.ceil(floodSeconds / 3), what: 'DHCPv6 from random clients' },
] as const;

/** Milliseconds to each answer, by kind of question; null: none. */
type Delays = Readonly<Record<string, readonly (number | null)[]>>;

describe('a host that floods its card', function () {
  this.timeout((floodSeconds * 3 + 300) * 1000);
  const site = siteForAll({ link: 'ethernet' }, (opened) => opened.untilOnline());

  before('the first floods, which bring memory to what a flood needs', async () => {
    for (const kind of ['malformed', 'dhcpv6', 'rs'])
      await flood(kind, 1, Math.ceil(floodSeconds / 4));
  });

  for (const { kind, seconds, what } of floods) {
    it(`with ${what} still gets its answers, and memory stays flat`, async () => {
      // What is wrong is so in every flood; a machine that does something else, or the collector of garbage, is not.
      const problems: string[] = [];
      while (problems.at(-1) !== '') {
        assert.ok(problems.length < 4, problems.join('\n'));
        problems.push(await problemsOfFlood(kind, seconds));
      }
      site().assertServiceAlive();
    });
  }

  it('has lost nothing by it: address, route, tunnel, and every answer as before', async () => {
    assert.deepEqual(await globalAddresses(site().host), [tunnelAddress]);
    assert.equal((await defaultRoute(site().host))?.gateway, 'fe80::1');
    await site().untilPing(5);
    const delays = await probe(2);
    for (const [question, answers] of Object.entries(delays)) {
      assert.ok(!answers.includes(null), `${question}: ${answers.join()}`);
    }
  });

  /** None: an empty text. */
  async function problemsOfFlood(kind: string, seconds: number): Promise<string> {
    const { now: before } = residentMiB(site().enftun.pid);
    const [, delays] = await Promise.all([flood(kind, 2, seconds), probe(seconds - 0.5)]);
    const { now, peak } = residentMiB(site().enftun.pid);
    assert.ok(peak < residentLimitMiB, `peak ${peak.toFixed(1)} MiB`);
    const problems = Object.entries(delays).flatMap(([question, answers]) => {
      const answered = answers.filter((ms) => ms !== null).sort((a, b) => a - b);
      const median = answered[answered.length >> 1] ?? Infinity;
      if (answered.length >= leastAnswered * answers.length && median < promiseMs) return [];
      const count = `${answered.length} of ${answers.length} answered`;
      return [`${question}: ${count}, median ${median.toFixed(1)} ms`];
    });
    if (now - before >= growthLimitMiB) problems.push(`grew by ${(now - before).toFixed(1)} MiB`);
    return problems.join('; ');
  }

  async function flood(kind: string, seed: number, seconds: number): Promise<void> {
    const arguments_ = [hostInterface, kind, String(seconds), String(seed)];
    const command = [...script('test/attack/host-flood.ts'), ...arguments_];
    await site().host.run(command, { deadlineSeconds: Math.ceil(seconds) + 30 });
  }

  async function probe(seconds: number): Promise<Delays> {
    const command = [...script('test/attack/host-prober.ts'), hostInterface, String(seconds), '20'];
    const { stdout } = await site().host.run(command, { deadlineSeconds: Math.ceil(seconds) + 30 });
    return JSON.parse(stdout) as Delays;
  }
});

describe('a host that looks around on its cable', function () {
  const site = siteForAll({ link: 'ethernet' }, (opened) => opened.untilOnline());

  it('finds fe80::1, no other address, and on it no port but that of its page', async () => {
    const others = [cardAddresses.ipv6, tunnelAddress];
    const { stdout } = await site().host.run(
      [...script('test/attack/host-scan.ts'), hostInterface, ...others],
      { deadlineSeconds: 80 },
    );
    const result = JSON.parse(stdout) as ScanResult;
    assert.ok(
      result.echoesAnswered > 0.95 * result.echoesAsked && result.echoesAsked > 2000,
      `the card has received too little of it: ${result.echoesAnswered} of ${result.echoesAsked}`,
    );
    assert.deepEqual(result.neighbours, ['fe80::1']);
    assert.deepEqual(result.udpPorts, []);
    // 80 is the router's page, where it is switched on.
    assert.deepEqual(
      result.tcpPorts.filter((port) => port !== 80),
      [],
    );
    assert.deepEqual(
      result.others.filter((other) => !/^ICMPv6 type 134 from fe80::1$/.test(other)),
      [],
    );
    site().assertServiceAlive();
  });
});

describe('another station on the link of the host', function () {
  this.timeout(200_000);
  const site = siteForEach({ link: 'ethernet', hub: true }, async (opened) => {
    await opened.untilOnline();
    // What it does by itself when it comes up is over.
    await rdisc();
  });

  const questions: [what: string, ask: () => Promise<unknown>][] = [
    ['a router solicitation', rdisc],
    [
      'a neighbour solicitation',
      () => other().run(['ndisc6', '-1', '-r', '10', 'fe80::1', hostInterface]),
    ],
    [
      'a DHCPv6 request',
      async () => {
        const files = ['-lf', `${labFolder}/other.leases`, '-pf', `${labFolder}/other.pid`];
        // Only for an answer: the information has no lease to keep renewing.
        const options = ['-S', '-1', ...files, '-sf', '/bin/true'];
        await other().run(['dhclient', '-6', ...options, hostInterface]);
      },
    ],
  ];
  for (const [what, ask] of questions) {
    it(`gets its answer to ${what}, and takes nothing from the host`, async () => {
      assert.equal(await echoesFromEnf(5), 5, 'the host gets its traffic before');
      await ask();
      assert.equal(await echoesFromEnf(20), 20);
    });
  }

  it('that floods the link with questions from random senders takes little from the host', async () => {
    for (const kind of ['rs', 'ns', 'dhcpv6']) {
      const flood = other().run(
        [...script('test/attack/host-flood.ts'), hostInterface, kind, '4', '7'],
        {
          deadlineSeconds: 60,
        },
      );
      const answered = await echoesFromEnf(20);
      await flood;
      assert.ok(answered >= 15, `${kind}: ${answered} of 20 echoes of the ENF answered`);
    }
    site().assertServiceAlive();
  });

  it('takes the place of a host that is gone by asking, though the carrier never went', async () => {
    await takeAddress();
    await site().network.hub.disconnect(site().host);
    assert.equal(await echoesFromEnf(1), 0, 'not before it asks');
    await rdisc();
    await until('echoes of the ENF reach the other station', 30, async () => {
      return (await echoesFromEnf(1)) === 1;
    });
  });

  it('takes it at once by sending data', async () => {
    await takeAddress();
    await site().network.hub.disconnect(site().host);
    const { stdout } = await other().run([
      'ping',
      '-6',
      '-n',
      '-c',
      '4',
      '-i',
      '0.2',
      serviceAddress,
    ]);
    // The first answer may still be on its way to the station that is gone.
    assert.match(stdout, /[34] received/);
  });

  const other = () => site().network.hub.other;

  function rdisc() {
    return other().run(['rdisc6', '-1', '-r', '20', hostInterface]);
  }

  /** Quietly: its kernel says nothing of a new address without duplicate address detection. */
  function takeAddress(): Promise<void> {
    return other().ip([`addr add ${tunnelAddress}/128 dev ${hostInterface} nodad`]);
  }

  /** How many echo requests to the tunnel's address are answered. */
  async function echoesFromEnf(count: number): Promise<number> {
    const argv = ['-c', String(count), '-i', '0.2', '-W', '2', tunnelAddress];
    const { stdout } = await site().network.enf.run(['ping', '-6', '-n', ...argv], {
      mayFail: true,
      deadlineSeconds: 60,
    });
    return Number(/(\d+) received/.exec(stdout)?.[1] ?? Number.NaN);
  }
});
