import assert from 'node:assert/strict';
import { describeState } from '../../../../src/service/status/state-words.ts';
import { printStatus } from '../../../../src/service/status/print-status.ts';
import type { TunnelState } from '../../../../src/service/tunnel-state.ts';
import { status, upState, waitingState } from './status-fixture.ts';

const idle: TunnelState = { ...upState, session: undefined };

function wordsFor(tunnel: TunnelState): [tone: string, headline: string, explanation: string] {
  const { tone, headline, explanation } = describeState(status({ tunnel }));
  return [tone, headline, explanation];
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
        'The server has taken the connection and has not sent anything yet: it may still refuse this card.',
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
        'The tunnel goes over the sockets of its USB host (psock), because its own network (tcp) did not work. No route to the server.',
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
      ['busy', 'Connecting to the ENF', 'No answer to the heartbeat.'],
    ],
    [
      'waiting',
      waitingState,
      ['bad', 'Not connected to the ENF', 'No answer to the heartbeat. Next attempt in 8 s.'],
    ],
    [
      'no-identity',
      { ...idle, phase: 'no-identity', problem: '/data/k.pem: is empty; provision the device' },
      ['bad', 'No usable identity', '/data/k.pem: is empty; provision the device.'],
    ],
    [
      'not-ready',
      { ...idle, phase: 'not-ready', problem: 'cannot set the address; is ip there?' },
      ['bad', 'Not ready', 'Cannot set the address; is ip there?'],
    ],
    [
      'stopped',
      { ...idle, phase: 'stopped' },
      ['bad', 'Stopped', 'The tunnel service has been told to end.'],
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

  it('says what to do', () => {
    const { nextStep } = describeState(status({ tunnel: waitingState }));
    assert.equal(nextStep, 'Check the way to the server.');
  });

  it('asks for a new certificate when the server does not accept this one', () => {
    const tunnel = { ...waitingState, needProvision: true };
    assert.match(describeState(status({ tunnel })).nextStep, /provision the device again/);
  });

  for (const [date, words] of [
    ['2026-12-01', /ends on 2026-12-01/],
    ['2026-11-01', /ended on 2026-11-01/],
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
    const text = printStatus(status({ tunnel: waitingState }));
    assert.deepEqual(text.split('\n').slice(0, 3), [
      'enf0: Not connected to the ENF, for 4 s',
      '  No answer to the heartbeat. Next attempt in 8 s.',
      '  Check the way to the server.',
    ]);
    assert.match(text, /^ {2}Tried +enf\.example \(192\.0\.2\.2\) by tcp: ECONNREFUSED$/m);
    assert.match(text, /^ {2}Tried +enf\.example by psock: no host$/m);
    assert.match(text, /^ {2}Certificate +until 2027-03-01, 97 days left$/m);
  });

  it('counts what went through and what was dropped, with its reason', () => {
    const text = printStatus(status()).replaceAll('\u00a0', ' ');
    assert.match(text, /^ {2}To the ENF +1 234 000 packets$/m);
    assert.match(text, /^ +12 {2}while there was no tunnel$/m);
    assert.match(text, /^ +77 {2}multicast DNS$/m);
    assert.doesNotMatch(text, /ARP|^ +0 {2}/m);
  });

  for (const [ends, words] of [
    ['9999-12-31', 'without an end'],
    ['2026-11-01', 'ended on 2026-11-01'],
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
