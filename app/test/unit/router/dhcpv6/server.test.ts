import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerDhcpv6 } from '../../../../src/router/dhcpv6/server.ts';
import { limitDns } from '../../../../src/router/dns-settings.ts';
import {
  decodeDhcpv6Message,
  encodeDhcpv6Message,
  type Dhcpv6Message,
} from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import type { Dhcpv6Option } from '../../../../src/wire/dhcpv6/options/registry.ts';
import { hex, ip, ownAddress } from '../packets.ts';
import {
  addressOption,
  asks,
  clientId,
  ia,
  iaid,
  leased,
  message,
  serverId,
  state,
  stateWithDns,
  status,
} from './messages.ts';
import { domainNames } from '../domain-names.ts';

const preference: Dhcpv6Option = { kind: 'preference', value: 255 };
const rapidCommit: Dhcpv6Option = { kind: 'rapid-commit' };
const success = status(0);
const noAddrsAvail = status(2);
const stale = ip('fd00:8f80:1::dead');
const other = ip('2001:db8::1');

/** Asserts the whole answer: type, and every option in order. */
function expectAnswer(
  request: Dhcpv6Message,
  type: 'advertise' | 'reply',
  options: readonly Dhcpv6Option[],
  from = state,
): void {
  assert.deepEqual(answerDhcpv6(request, from), message(type, ...options));
}

function refused(id: number, ...options: Dhcpv6Option[]): Dhcpv6Option {
  return { kind: 'ia-na', iaid: id, t1: 0, t2: 0, options };
}

describe('router/dhcpv6/server', () => {
  describe('SOLICIT', () => {
    it('RFC 8415 18.3.9: ADVERTISE with the address, preference 255 and a status at the end', () => {
      expectAnswer(message('solicit', clientId, ia(iaid)), 'advertise', [
        clientId,
        serverId,
        leased(iaid),
        preference,
        success,
      ]);
    });

    it('RFC 8415 18.3.1: with Rapid Commit a REPLY with Rapid Commit', () => {
      expectAnswer(message('solicit', rapidCommit, clientId, ia(iaid)), 'reply', [
        clientId,
        serverId,
        leased(iaid),
        rapidCommit,
        success,
      ]);
    });

    it('serves IAID 0', () => {
      expectAnswer(message('solicit', clientId, ia(0)), 'advertise', [
        clientId,
        serverId,
        leased(0),
        preference,
        success,
      ]);
    });

    it('passes over a hint for another address', () => {
      expectAnswer(message('solicit', clientId, ia(iaid, other)), 'advertise', [
        clientId,
        serverId,
        leased(iaid),
        preference,
        success,
      ]);
    });

    it('without IA_NA there is no address in the answer', () => {
      expectAnswer(message('solicit', clientId), 'advertise', [
        clientId,
        serverId,
        preference,
        success,
      ]);
    });

    it('RFC 8415 18.3.9: of several associations the first IA_NA gets the address', () => {
      const request = message(
        'solicit',
        clientId,
        { kind: 'ia-pd', iaid: 7, t1: 1, t2: 2, options: [] },
        { kind: 'ia-ta', iaid: 8, options: [] },
        ia(1),
        ia(2),
      );
      expectAnswer(request, 'advertise', [
        clientId,
        serverId,
        leased(1),
        { kind: 'ia-pd', iaid: 7, t1: 0, t2: 0, options: [status(6)] },
        { kind: 'ia-ta', iaid: 8, options: [noAddrsAvail] },
        refused(2, noAddrsAvail),
        preference,
        success,
      ]);
    });

    it('answers an association that is listed twice once', () => {
      expectAnswer(message('solicit', clientId, ia(5), ia(5)), 'advertise', [
        clientId,
        serverId,
        leased(5),
        preference,
        success,
      ]);
    });

    it('survives unknown options and the longest elapsed time', () => {
      const request = message(
        'solicit',
        { kind: 'unknown', code: 65_000, data: hex('0102') },
        clientId,
        { kind: 'elapsed-time', hundredths: 0xffff },
        { ...ia(iaid), options: [{ kind: 'unknown', code: 9999, data: hex('') }] },
      );
      assert.deepEqual(answerDhcpv6(request, state)?.options[2], leased(iaid));
    });
  });

  describe('REQUEST', () => {
    it('RFC 8415 18.3.2: REPLY with the address', () => {
      expectAnswer(message('request', clientId, serverId, ia(iaid, ownAddress)), 'reply', [
        clientId,
        serverId,
        leased(iaid),
        success,
      ]);
    });

    it('replaces a wrong hint by our address', () => {
      expectAnswer(message('request', clientId, serverId, ia(iaid, other)), 'reply', [
        clientId,
        serverId,
        leased(iaid),
        success,
      ]);
    });

    it('Rapid Commit belongs to SOLICIT alone', () => {
      const request = message('request', clientId, serverId, rapidCommit, ia(iaid));
      expectAnswer(request, 'reply', [clientId, serverId, leased(iaid), success]);
    });

    it('another client is served at once', () => {
      const another: Dhcpv6Option = { kind: 'client-id', duid: hex('00030001 020000000009') };
      expectAnswer(message('request', another, serverId, ia(9)), 'reply', [
        another,
        serverId,
        leased(9),
        success,
      ]);
    });
  });

  for (const [type, section, server] of [
    ['renew', '18.3.4', [serverId]],
    ['rebind', '18.3.5', []],
  ] as const) {
    describe(type.toUpperCase(), () => {
      it(`RFC 8415 ${section}: REPLY with fresh lifetimes`, () => {
        expectAnswer(message(type, clientId, ...server, ia(iaid, ownAddress)), 'reply', [
          clientId,
          serverId,
          leased(iaid),
          success,
        ]);
      });

      it(`RFC 8415 ${section}: an address that is no longer ours comes back with lifetimes 0`, () => {
        expectAnswer(message(type, clientId, ...server, ia(iaid, stale, other)), 'reply', [
          clientId,
          serverId,
          leased(iaid, stale, other),
          success,
        ]);
      });

      it('an unknown association gets the address', () => {
        expectAnswer(message(type, clientId, ...server, ia(77)), 'reply', [
          clientId,
          serverId,
          leased(77),
          success,
        ]);
      });

      it('of several associations the one that has the address keeps it', () => {
        const request = message(type, clientId, ...server, ia(1, stale), ia(2, ownAddress));
        expectAnswer(request, 'reply', [
          clientId,
          serverId,
          leased(2),
          refused(1, noAddrsAvail, addressOption(stale, 0, 0)),
          success,
        ]);
      });
    });
  }

  describe('CONFIRM', () => {
    const answers: [name: string, addresses: Uint8Array[], code: number][] = [
      ['our address: Success', [ownAddress], 0],
      ['an old address of the same prefix: NotOnLink', [stale], 4],
      ['our address and another: NotOnLink', [ownAddress, other], 4],
    ];
    for (const [name, addresses, code] of answers) {
      it(`RFC 8415 18.3.3: ${name}, without associations`, () => {
        expectAnswer(message('confirm', clientId, ia(iaid, ...addresses)), 'reply', [
          clientId,
          serverId,
          status(code),
        ]);
      });
    }

    it('RFC 8415 18.3.3: an address in a second association counts too', () => {
      const request = message('confirm', clientId, ia(1, ownAddress), ia(2, stale));
      expectAnswer(request, 'reply', [clientId, serverId, status(4)]);
    });

    for (const [name, options] of [
      ['without associations', []],
      ['with an association without addresses', [ia(iaid)]],
    ] as const) {
      it(`RFC 8415 18.3.3: no reply to one ${name}`, () => {
        assert.equal(answerDhcpv6(message('confirm', clientId, ...options), state), undefined);
      });
    }
  });

  for (const [type, section] of [
    ['release', '18.3.7'],
    ['decline', '18.3.8'],
  ] as const) {
    describe(type.toUpperCase(), () => {
      it(`RFC 8415 ${section}: Success for our address`, () => {
        expectAnswer(message(type, clientId, serverId, ia(iaid, ownAddress)), 'reply', [
          clientId,
          serverId,
          success,
        ]);
      });

      it(`RFC 8415 ${section}: NoBinding for every association without our address`, () => {
        const noBinding = status(3);
        const request = message(
          type,
          clientId,
          serverId,
          ia(iaid, ownAddress),
          ia(2, stale),
          { kind: 'ia-ta', iaid: 3, options: [addressOption(ownAddress, 0, 0)] },
          { kind: 'ia-pd', iaid: 4, t1: 0, t2: 0, options: [] },
        );
        expectAnswer(request, 'reply', [
          clientId,
          serverId,
          refused(2, noBinding),
          { kind: 'ia-ta', iaid: 3, options: [noBinding] },
          { kind: 'ia-pd', iaid: 4, t1: 0, t2: 0, options: [noBinding] },
          success,
        ]);
      });

      it("the address stays the host's: the next SOLICIT gets it", () => {
        answerDhcpv6(message(type, clientId, serverId, ia(iaid, ownAddress)), state);
        const next = answerDhcpv6(message('solicit', clientId, ia(iaid)), state);
        assert.deepEqual(next?.options[2], leased(iaid));
      });
    });
  }

  describe('INFORMATION-REQUEST', () => {
    const dnsServers: Dhcpv6Option = { kind: 'dns-servers', servers: stateWithDns.dns.servers };
    const domainList: Dhcpv6Option = { kind: 'domain-list', names: ['enf.example'] };

    it('RFC 8415 18.3.6: REPLY with what was asked for', () => {
      expectAnswer(
        message('informationRequest', clientId, asks(23, 24, 32, 83)),
        'reply',
        [
          clientId,
          serverId,
          dnsServers,
          domainList,
          { kind: 'inf-max-rt', seconds: 60 },
          { kind: 'information-refresh-time', seconds: 14_400 },
          success,
        ],
        stateWithDns,
      );
    });

    it('RFC 8415 18.3.6: a client without identifier gets a REPLY without one', () => {
      expectAnswer(
        message('informationRequest', asks(23)),
        'reply',
        [serverId, dnsServers, success],
        stateWithDns,
      );
    });
  });

  describe('Option Request', () => {
    const codesOf = (request: Dhcpv6Message, from = stateWithDns) =>
      answerDhcpv6(request, from)
        ?.options.map((option) => option.kind)
        .filter((kind) => /^(dns|domain|sol|inf)/.test(kind));
    const all = asks(23, 24, 82, 83, 32, 59, 9999);

    for (const type of ['solicit', 'rebind'] as const) {
      it(`RFC 8415 21.7: ${type} gets what it asks for, and the refresh time never`, () => {
        assert.deepEqual(codesOf(message(type, clientId, all, ia(iaid))), [
          'dns-servers',
          'domain-list',
          'sol-max-rt',
          'inf-max-rt',
        ]);
      });

      it(`RFC 8415 21.7: ${type} gets nothing that it did not ask for`, () => {
        assert.deepEqual(codesOf(message(type, clientId, ia(iaid))), []);
        assert.deepEqual(codesOf(message(type, clientId, asks(24), ia(iaid))), ['domain-list']);
      });
    }

    it('one server or one name is enough', () => {
      const single = { ...state, dns: limitDns([other], domainNames('a.example')) };
      const kinds = codesOf(message('solicit', clientId, asks(23, 24)), single);
      assert.deepEqual(kinds, ['dns-servers', 'domain-list']);
    });

    it('empty options are not sent where nothing is configured', () => {
      assert.deepEqual(codesOf(message('solicit', clientId, asks(23, 24)), state), []);
    });

    it('RFC 8415 21.24: SOL_MAX_RT is within what clients accept', () => {
      const answer = answerDhcpv6(message('solicit', clientId, asks(82)), state);
      const option = answer?.options.find((one) => one.kind === 'sol-max-rt');
      assert.ok(option?.kind === 'sol-max-rt' && option.seconds >= 60 && option.seconds <= 86_400);
    });
  });

  describe('size', () => {
    const crowd = Array.from({ length: 62 }, (_, i) => ia(i + 1, ip(`2001:db8::${i + 1}`)));

    it('a message full of associations gets a reply that fits, the lease in it', () => {
      const duid = Uint8Array.from({ length: 130 }, (_, i) => i);
      const longIds = {
        ...state,
        duid,
        dns: limitDns(
          Array.from({ length: 8 }, () => other),
          domainNames('a.example'),
        ),
      };
      const request = message(
        'rebind',
        { kind: 'client-id', duid: duid.toReversed() },
        asks(23, 24, 82, 83),
        ...crowd,
      );
      const answer = answerDhcpv6(request, longIds);
      assert.ok(answer);
      assert.ok(encodeDhcpv6Message(answer).length <= 1232);
      const first = answer.options.find((option) => option.kind === 'ia-na');
      assert.deepEqual(first, leased(1, ip('2001:db8::1')));
      assert.deepEqual(answer.options.at(-1), success);
    });

    const prefixes = Array.from({ length: 20 }, (_, i): Dhcpv6Option => {
      return { kind: 'ia-pd', iaid: i + 1, t1: 0, t2: 0, options: [] };
    });
    for (const type of ['solicit', 'rebind'] as const) {
      it(`an IA_NA behind any number of IA_PD gets its address: ${type}`, () => {
        const answer = answerDhcpv6(message(type, clientId, ...prefixes, ia(iaid)), state);
        const answered = answer?.options.filter(({ kind }) => kind === 'ia-na' || kind === 'ia-pd');
        assert.deepEqual(answered?.[0], leased(iaid));
        assert.equal(answered?.length, 16);
      });
    }

    it('CONFIRM looks at the addresses of every association', () => {
      const request = message('confirm', clientId, ...prefixes, ia(1, ownAddress), ia(2, stale));
      expectAnswer(request, 'reply', [clientId, serverId, status(4)]);
    });

    it('takes back at most eight addresses of one association', () => {
      const addresses = Array.from({ length: 20 }, (_, i) => ip(`2001:db8::${i + 1}`));
      const answer = answerDhcpv6(message('rebind', clientId, ia(1, ...addresses)), state);
      assert.deepEqual(answer?.options[2], leased(1, ...addresses.slice(0, 8)));
    });
  });

  it('every answer can be encoded, echoes the transaction, and ends with a status', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    const id = fc.integer({ min: 0, max: 3 });
    const address = fc.constantFrom(ownAddress, stale, other);
    const anyIa = fc
      .tuple(id, fc.array(address, { maxLength: 12 }))
      .map(([one, addresses]) => ia(one, ...addresses));
    const option: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
      anyIa,
      id.map((one) => ({ kind: 'ia-ta' as const, iaid: one, options: [] })),
      id.map((one) => ({ kind: 'ia-pd' as const, iaid: one, t1: 0, t2: 0, options: [] })),
      fc.constantFrom(rapidCommit, asks(23, 24, 82, 83, 32), serverId),
      bytes.map((data) => ({ kind: 'unknown' as const, code: 60_000, data })),
    );
    const request = fc.record({
      type: fc.integer({ min: 0, max: 13 }),
      transactionId: fc.integer({ min: 0, max: 0xffffff }),
      options: fc.array(option, { maxLength: 40 }).map((options) => [clientId, ...options]),
    });
    let answers = 0;
    const property = fc.property(request, (one) => {
      const answer = answerDhcpv6(one, stateWithDns);
      if (answer === undefined) return;
      answers += 1;
      assert.equal(answer.transactionId, one.transactionId);
      assert.deepEqual(answer.options[0], clientId);
      assert.equal(answer.options.at(-1)?.kind, 'status-code');
      assert.deepEqual(decodeDhcpv6Message(encodeDhcpv6Message(answer)), answer);
    });
    fc.assert(property, { numRuns: 500 });
    assert.ok(answers > 50, `${answers} answers`);
  });
});
