import assert from 'node:assert/strict';
import { describeState } from '../../../src/status/format-state.ts';
import { printStatus } from '../../../src/status/print-status.ts';
import type { TunnelState } from '../../../src/tunnel/tunnel-state.ts';
import { causeWords } from '../../../src/status/format-cause.ts';
import { createRouterCounters } from '../../../src/router/router-counters.ts';
import type { Disconnect } from '../../../src/tunnel/tunnel-state.ts';
import { status, traffic, upState, waitingState } from './status-fixture.ts';

const idle: TunnelState = { ...upState, session: undefined };

function wordsFor(tunnel: TunnelState): [tone: string, headline: string, explanation: string] {
  const { tone, headline, explanation } = describeState(status({ tunnel }));
  return [tone, headline, explanation];
}

/** Nothing dropped. */
function createOutbound(): typeof traffic.egress {
  const names = Object.keys(traffic.egress);
  return Object.fromEntries(names.map((name) => [name, 0])) as unknown as typeof traffic.egress; // All its keys.
}

describe('the state in words', () => {
  const rows: [name: string, tunnel: TunnelState, words: ReturnType<typeof wordsFor>][] = [
    ['up', upState, ['good', 'Connected to the ENF', '']],
    [
      'up before the first byte',
      { ...upState, session: { ...upState.session!, lastHeard: undefined } },
      [
        'busy',
        'Connected, waiting for the ENF',
        'The server has not sent anything yet: it may still refuse this card.',
      ],
    ],
    [
      'up by a detour',
      {
        ...upState,
        session: { ...upState.session!, transport: 'psock' },
        tried: [
          { transport: 'tcp', host: 'h', address: 'h', problem: 'no route to the server' },
          { transport: 'psock', host: 'h', address: 'h', problem: undefined },
        ],
      },
      [
        'good',
        'Connected to the ENF',
        'The tunnel goes over the sockets of its USB host (psock), because its own network (tcp) did not work.',
      ],
    ],
    [
      'up after a server of the same transport that failed',
      {
        ...upState,
        tried: [
          { transport: 'tcp', host: 'h', address: 'h', problem: 'refused' },
          { transport: 'tcp', host: 'i', address: 'i', problem: undefined },
        ],
      },
      ['good', 'Connected to the ENF', ''],
    ],
    ['starting', { ...idle, phase: 'starting' }, ['busy', 'Starting', '']],
    [
      'connecting',
      { ...idle, phase: 'connecting' },
      ['busy', 'Connecting to the ENF', 'Trying enf.example.'],
    ],
    [
      'connecting after a failure',
      { ...waitingState, phase: 'connecting', retryAt: undefined },
      ['busy', 'Connecting to the ENF', 'The ENF stopped answering.'],
    ],
    ['waiting', waitingState, ['bad', 'Not connected to the ENF', 'The ENF stopped answering.']],
    [
      'no-identity',
      { ...idle, phase: 'no-identity', problem: '/data/k.pem: is empty; provision the device' },
      ['bad', 'No usable identity', 'Without an identity the card cannot join the ENF.'],
    ],
    [
      'not-ready',
      { ...idle, phase: 'not-ready', problem: 'cannot set the address; is ip there?' },
      ['bad', 'Not ready', 'Something on the card keeps the tunnel from starting.'],
    ],
    [
      'stopped',
      { ...idle, phase: 'stopped' },
      ['bad', 'Stopped', 'The tunnel service has been stopped.'],
    ],
  ];
  for (const [name, tunnel, words] of rows) {
    it(name, () => assert.deepEqual(wordsFor(tunnel), words));
  }

  it('calls a tunnel bad whose interface lacks its address', () => {
    const problem = "enf0 does not have the tunnel's address fd00::1";
    const link = { type: 'tun', interface: 'enf0', hasCarrier: true, problem } as const;
    const { tone, headline, explanation } = describeState(status({ link }));
    assert.deepEqual(
      [tone, headline, explanation],
      ['bad', 'Connected to the ENF, but the interface is not ready', `${problem}.`],
    );
  });

  const errno = 'cannot connect to 192.0.2.2 port 443: ECONNREFUSED from connect; nothing listens';
  const failed = (kind: keyof typeof causeWords): TunnelState => ({
    ...waitingState,
    lastDisconnect: {
      ...waitingState.lastDisconnect!,
      cause: { kind, detail: errno } as Disconnect['cause'], // Only the kind is looked at.
      words: errno,
      nextStep: '',
    },
  });
  const kinds = Object.keys(causeWords) as (keyof typeof causeWords)[]; // The keys of that record.
  /** These pass by themselves. */
  const passing = ['route-changed', 'moved', 'reloaded', 'stopped'];
  for (const kind of kinds.filter((one) => !passing.includes(one))) {
    it(`explains to the person at the host what ${kind} means and what to do, without an errno`, () => {
      const { explanation, nextStep } = describeState(status({ tunnel: failed(kind) }));
      assert.match(explanation, /^[A-Z].*\.$/);
      assert.match(nextStep, /^[A-Z].*[."]$/);
      assert.doesNotMatch(explanation + nextStep, /ECONN|errno/);
    });
  }

  for (const phase of ['no-identity', 'not-ready'] as const) {
    it(`explains to the person at the host what to do in the state ${phase}`, () => {
      const tunnel = { ...idle, phase, problem: '/data/k.pem: is empty; provision the device' };
      const { explanation, nextStep } = describeState(status({ tunnel }));
      assert.match(
        nextStep,
        /[Cc]ontact the provider of the card and report: "It .*under Details\."$/,
      );
      assert.doesNotMatch(explanation + nextStep, /\/data/);
    });
  }

  it('asks for help when the server does not accept the certificate', () => {
    const { nextStep } = describeState(
      status({ tunnel: { ...waitingState, needProvision: true } }),
    );
    assert.match(nextStep, /and report: "The ENF no longer accepts the card's certificate\."$/);
  });

  it("gives the operator of a TUN the operator's words", () => {
    const link = { type: 'tun', interface: 'enf0', hasCarrier: true, problem: null } as const;
    const waiting = describeState(status({ tunnel: waitingState, link }));
    assert.equal(waiting.explanation, 'No answer to the heartbeat.');
    assert.equal(waiting.nextStep, 'Check the way to the server.');
    const tunnel = { ...idle, phase: 'no-identity', problem: '/k.pem: is empty (ENOENT)' } as const;
    assert.equal(describeState(status({ tunnel, link })).explanation, '/k.pem: is empty.');
    const refused = { ...waitingState, needProvision: true };
    assert.match(describeState(status({ tunnel: refused, link })).nextStep, /provision the device/);
  });

  for (const [date, words] of [
    ['2026-12-01', /ends on 2026-12-01/],
    ['2026-11-01', /expired on 2026-11-01/],
  ] as const) {
    it(`warns of a certificate that ends on ${date}, and still is good`, () => {
      const tunnel = { ...upState, certificateEnds: new Date(date) };
      const { tone, explanation, nextStep } = describeState(status({ tunnel }));
      assert.equal(tone, 'good');
      assert.match(explanation, words);
      assert.match(nextStep, /new certificate/);
    });
  }
});

describe('the status on a terminal', () => {
  it('begins with what is and what to do, then the details', () => {
    const text = printStatus(status({ tunnel: { ...waitingState, triedLeftOut: 292 } }));
    assert.deepEqual(text.split('\n').slice(0, 3), [
      'enf0: Not connected to the ENF, for 4 s; next attempt in 8 s',
      '  The ENF stopped answering.',
      '  If this repeats, check the network that the card uses.',
    ]);
    assert.match(
      text,
      /^ {2}Last failure +4 s ago: no answer to the heartbeat \(heartbeat-timeout\)$/m,
    );
    assert.match(text, /^ {2}Advice +check the way to the server$/m);
    assert.match(text, /^ {2}Tried +enf\.example \(192\.0\.2\.2\) over tcp: connection refused$/m);
    assert.match(text, /^ {2}Tried +enf\.example over psock: no host$/m);
    assert.match(text, /^ {2}Certificate +until 2027-03-01, 97 days left$/m);
  });

  it('says once why an attempt failed, and in words', () => {
    const problem =
      'cannot connect to 192.0.2.2 port 443: ECONNREFUSED from connect; nothing listens';
    const tunnel: TunnelState = {
      ...waitingState,
      lastDisconnect: {
        ...waitingState.lastDisconnect!,
        cause: { kind: 'unreachable', detail: problem },
        words: problem,
      },
      tried: [{ transport: 'tcp', host: 'h', address: 'h', problem }],
    };
    const text = printStatus(status({ tunnel }));
    assert.equal(text.split('connection refused; nothing listens').length - 1, 1);
    assert.match(text, /^ {2}Last failure +4 s ago \(unreachable\)$/m);
    assert.doesNotMatch(text, /ECONNREFUSED/);
  });

  it('counts what went through and what was dropped, with its reason', () => {
    const text = printStatus(status()).replaceAll('\u00a0', ' ');
    assert.match(text, /^ {2}From host +1 234 567 packets, 1\.4 GiB$/m);
    assert.match(text, /^ {2}To host +900 packets, 78\.1 KiB$/m);
    assert.match(text, /^ {2}Tunnel +1 234 000 packets to the ENF, 900 from it$/m);
    assert.match(text, /^ +12 {2}while there was no tunnel$/m);
    assert.doesNotMatch(text, /^ +0 {2}/m);
  });

  it('lists nothing as dropped that every host sends', () => {
    const { passed } = traffic.egress;
    const egress = { ...createOutbound(), passed };
    const ingress = { ...traffic.ingress, wrongDestination: 0 };
    const router = {
      ...createRouterCounters(),
      ...{ multicastListener: 24, mdns: 80, llmnr: 2, neighbourForOthers: 3, ipv4: 9, arp: 9 },
      ...{ otherEtherType: 1, otherIcmpv6: 1, otherProtocol: 5, otherDestination: 5 },
    };
    const quiet = status({ traffic: { ...traffic, egress, ingress, router } });
    assert.doesNotMatch(printStatus(quiet), /Dropped/);
    const wrong = { ...router, malformed: 1 };
    const noisy = status({ traffic: { ...traffic, egress, ingress, router: wrong } });
    assert.match(printStatus(noisy), /Dropped from the host to its router/);
  });

  for (const [ends, words] of [
    ['9999-12-31', 'without expiry'],
    ['2026-11-01', 'expired on 2026-11-01'],
  ] as const) {
    it(`says of a certificate until ${ends}: ${words}`, () => {
      const text = printStatus(status({ tunnel: { ...upState, certificateEnds: new Date(ends) } }));
      assert.match(text, new RegExp(`^ {2}Certificate +${words}$`, 'm'));
    });
  }

  it('has no line for traffic before there is an address', () => {
    const text = printStatus(status({ traffic: null }));
    assert.doesNotMatch(text, /packets/);
  });
});
