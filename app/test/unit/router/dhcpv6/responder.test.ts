import assert from 'node:assert/strict';
import {
  decodeDhcpv6Message,
  encodeDhcpv6Message,
} from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import type { Dhcpv6Message } from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import { createRouter, onlySent, receive, serverDuid } from '../router-fixture.ts';
import * as p from '../packets.ts';
import { clientId, foreignServerId, ia, iaid, message, serverId } from './messages.ts';

const ports = { from: 546, to: 547 };

function datagram(request: Dhcpv6Message, parts = {}): Uint8Array {
  return p.udp(ports, encodeDhcpv6Message(request), parts);
}

const solicit = message('solicit', clientId, ia(iaid));

describe('router/dhcpv6/responder', () => {
  it('answers the recorded SOLICIT with an ADVERTISE from fe80::1 port 547 to port 546 and the MAC', () => {
    const side = createRouter();
    const { packet, destinationMac } = onlySent(receive(side, p.recorded.dhcpSolicit));
    const payload = p.hex(
      `02 abcdef
       0001 000a 00030001 0242ac110001
       0002 0012 ${p.toHex(serverDuid)}
       0003 0028 ac110001 00001c20 00002d00
         0005 0018 fd008f80000100000000000000001234 00003840 00007080
       0007 0001 ff
       000d 0002 0000`,
    );
    const expected = p.udp({ from: 547, to: 546 }, payload, {
      source: p.router,
      destination: p.hostLinkLocal,
      hopLimit: 255,
    });
    assert.equal(p.toHex(packet), p.toHex(expected));
    assert.deepEqual(destinationMac, p.hostMac);
    assert.equal(side.counters.dhcpv6Messages, 1);
    assert.equal(side.counters.dhcpv6Replies, 1);
  });

  it('answers on a TUN, where there is no MAC', () => {
    const side = createRouter({ mac: undefined });
    const actions = side.receive(p.recorded.dhcpSolicit, undefined, p.anyTime);
    assert.deepEqual(onlySent(actions).destinationMac, undefined);
  });

  it('answers a client that sends from its leased address, whatever its port', () => {
    const payload = encodeDhcpv6Message(solicit);
    const packet = p.udp({ from: 40_000, to: 547 }, payload, { source: p.ownAddress });
    const reply = onlySent(receive(createRouter(), packet)).packet;
    assert.deepEqual(reply.subarray(24, 40), p.ownAddress);
    assert.deepEqual(reply.subarray(40, 44), p.hex('0223 0222'));
  });

  it('answers a client that sends from a former address that it is not on this link any more', () => {
    const former = p.ip('fd00:8f80:9::77');
    const confirm = encodeDhcpv6Message(message('confirm', clientId, ia(iaid, former)));
    const packet = p.udp(ports, confirm, { source: former });
    const side = createRouter({ formerAddresses: [former] });
    const reply = onlySent(receive(side, packet)).packet;
    assert.deepEqual(reply.subarray(24, 40), former);
    const { options } = decodeDhcpv6Message(reply.subarray(48));
    assert.deepEqual(options.at(-1), { kind: 'status-code', status: 4, text: '' });
  });

  const discarded: [name: string, packet: Uint8Array][] = [
    ['to fe80::1 itself', datagram(solicit, { destination: p.router })],
    ['to all nodes', datagram(solicit, { destination: p.ip('ff02::1') })],
    ['from the unspecified address', datagram(solicit, { source: p.ip('::') })],
    ['from a multicast address', datagram(solicit, { source: p.ip('ff02::1') })],
    ['from the router', datagram(solicit, { source: p.router })],
    ['from an address of elsewhere', datagram(solicit, { source: p.ip('2001:db8::1') })],
    ['for another server', datagram(message('request', clientId, foreignServerId, ia(iaid)))],
    ['without client identifier', datagram(message('solicit', ia(iaid)))],
    ['that only a server sends', datagram(message('reply', clientId, serverId))],
  ];
  for (const [name, packet] of discarded) {
    it(`discards a message ${name}`, () => {
      const side = createRouter();
      const sent = receive(side, packet).filter((action) => action.type === 'send');
      assert.deepEqual(sent, []);
      assert.equal(side.counters.dhcpv6Discarded, 1);
      assert.equal(side.counters.dhcpv6Replies, 0);
    });
  }

  const goodPayload = encodeDhcpv6Message(solicit);
  const malformed: [name: string, packet: Uint8Array][] = [
    ['an empty datagram', p.udp(ports, new Uint8Array(0))],
    ['a header cut short', p.udp(ports, p.hex('01abcd'))],
    ['an option cut short', p.udp(ports, goodPayload.subarray(0, goodPayload.length - 1))],
    ['an option header cut short', p.udp(ports, Uint8Array.of(...goodPayload, 0, 6, 0))],
    ['a relay message', p.udp(ports, new Uint8Array(60).fill(0).with(0, 12))],
    [
      'a client identifier of 131 bytes',
      p.udp(ports, p.hex(`01abcdef 0001 0083 ${'aa'.repeat(131)}`)),
    ],
    ['no UDP checksum', p.recorded.dhcpSolicit.with(46, 0).with(47, 0)],
    ['a wrong UDP checksum', p.recorded.dhcpSolicit.with(46, 1)],
    ['a UDP length beyond the packet', p.recorded.dhcpSolicit.with(45, 0xff)],
  ];
  for (const [name, packet] of malformed) {
    it(`drops ${name}`, () => {
      const side = createRouter();
      assert.deepEqual(receive(side, packet), []);
      assert.equal(side.counters.malformed, 1);
      assert.equal(side.counters.dhcpv6Replies, 0);
    });
  }

  it('counts a host that declines the address, and only that', () => {
    const side = createRouter();
    onlySent(
      receive(side, datagram(message('decline', clientId, serverId, ia(1, p.otherAddress)))),
    );
    onlySent(receive(side, datagram(message('release', clientId, serverId, ia(1, p.ownAddress)))));
    assert.equal(side.counters.addressDeclined, 0);
    onlySent(receive(side, datagram(message('decline', clientId, serverId, ia(1, p.ownAddress)))));
    assert.equal(side.counters.addressDeclined, 1);
  });

  it('learns the MAC from a message that it answers, not from one that it discards', () => {
    const side = createRouter();
    assert.deepEqual(receive(side, datagram(message('solicit'))), []);
    const [first] = receive(side, p.recorded.dhcpSolicit);
    assert.deepEqual(first, { type: 'learn', mac: p.hostMac });
  });
});
