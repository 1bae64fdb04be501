import assert from 'node:assert/strict';
import { acceptedKind } from '../../../../src/router/dhcpv6/acceptance.ts';
import type { dhcpv6MessageType } from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import { serverDuid } from '../router-fixture.ts';
import { clientId, foreignServerId, ia, message, serverId } from './messages.ts';

type TypeName = keyof typeof dhcpv6MessageType;

describe('router/dhcpv6/acceptance', () => {
  /** Which identifiers lead to an answer: none, client, client and our server, client and another server. */
  const rules: [
    name: TypeName,
    section: string,
    none: boolean,
    c: boolean,
    ours: boolean,
    other: boolean,
  ][] = [
    ['solicit', '16.2', false, true, false, false],
    ['advertise', '16.3', false, false, false, false],
    ['request', '16.4', false, false, true, false],
    ['confirm', '16.5', false, true, false, false],
    ['renew', '16.6', false, false, true, false],
    ['rebind', '16.7', false, true, false, false],
    ['decline', '16.8', false, false, true, false],
    ['release', '16.9', false, false, true, false],
    ['reply', '16.10', false, false, false, false],
    ['reconfigure', '16.11', false, false, false, false],
    ['informationRequest', '16.12', true, true, true, false],
    ['relayForward', '16.13', false, false, false, false],
    ['relayReply', '16.14', false, false, false, false],
  ];
  for (const [name, section, ...expected] of rules) {
    const cases = [
      ['without identifiers', []],
      ['with a client identifier', [clientId]],
      ['with a client identifier and our server identifier', [clientId, serverId]],
      ['with a client identifier and another server identifier', [clientId, foreignServerId]],
    ] as const;
    cases.forEach(([what, options], i) => {
      it(`RFC 8415 ${section}: ${expected[i] ? 'accepts' : 'discards'} ${name} ${what}`, () => {
        const kind = acceptedKind(message(name, ...options), serverDuid);
        assert.equal(kind !== undefined, expected[i]);
      });
    });
  }

  for (const name of ['request', 'renew', 'decline', 'release'] as const) {
    it(`discards ${name} with our server identifier but no client identifier`, () => {
      assert.equal(acceptedKind(message(name, serverId), serverDuid), undefined);
    });
  }

  const associations = [
    ia(1),
    { kind: 'ia-ta', iaid: 1, options: [] },
    { kind: 'ia-pd', iaid: 1, t1: 0, t2: 0, options: [] },
  ] as const;
  for (const association of associations) {
    it(`RFC 8415 16.12: discards an information-request with ${association.kind}`, () => {
      const request = message('informationRequest', clientId, association);
      assert.equal(acceptedKind(request, serverDuid), undefined);
    });
  }

  it('a server identifier that only begins like ours is not ours', () => {
    for (const duid of [serverDuid.subarray(0, 17), Uint8Array.of(...serverDuid, 0)]) {
      const request = message('request', clientId, { kind: 'server-id', duid });
      assert.equal(acceptedKind(request, serverDuid), undefined);
    }
  });

  for (const type of [0, 14, 255]) {
    it(`discards the message type ${type}`, () => {
      const unknown = { ...message('solicit', clientId), type };
      assert.equal(acceptedKind(unknown, serverDuid), undefined);
    });
  }
});
