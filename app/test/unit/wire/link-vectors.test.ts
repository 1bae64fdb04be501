/** Every recorded packet, decoded down to its last field and built again from the fields. */
import assert from 'node:assert/strict';
import {
  decodeDhcpv6Message,
  encodeDhcpv6Message,
  type Dhcpv6Message,
} from '../../../src/wire/dhcpv6/dhcpv6-message.ts';
import { encodeFrame, frameHeaderLength } from '../../../src/wire/frame-stream.ts';
import { decodeEcho, encodeEcho, type Echo } from '../../../src/wire/icmpv6-echo.ts';
import { decodeIcmpv6, encodeIcmpv6 } from '../../../src/wire/icmpv6.ts';
import {
  allDhcpServers,
  allNodes,
  allRouters,
  formatIpv6,
  parseIpv6,
  routerAddress,
} from '../../../src/wire/ipv6-address.ts';
import { decodeIpv6, encodeIpv6, nextHeader } from '../../../src/wire/ipv6.ts';
import { decodeNdPacket, encodeNdPacket, type NdMessage } from '../../../src/wire/nd/nd-packet.ts';
import type { RouteInformationOption } from '../../../src/wire/nd/options/route-information.ts';
import { decodeUdp, encodeUdp } from '../../../src/wire/udp.ts';
import { bytes, hex } from './hex.ts';
import { linkVectors, vector } from './link-vectors.ts';

const own = parseIpv6('fd00:8f80:1::1234')!;
const host = parseIpv6('fe80::d4ad:beff:feef:1')!;

describe('wire: recorded packets', () => {
  describe('heartbeat', () => {
    const rows: [
      name: string,
      packet: Uint8Array,
      from: Uint8Array,
      to: Uint8Array,
      kind: Echo['kind'],
    ][] = [
      ['request', linkVectors['heartbeat request'], own, routerAddress, 'request'],
      [
        'reply',
        vector('heartbeat reply framed').subarray(frameHeaderLength),
        routerAddress,
        own,
        'reply',
      ],
    ];
    for (const [name, packet, source, destination, kind] of rows) {
      it(`converts the ${name} both ways`, () => {
        const ip = decodeIpv6(packet);
        const echo = decodeEcho(decodeIcmpv6(ip, ip.payload));
        assert.deepEqual(ip.source, source);
        assert.deepEqual(ip.destination, destination);
        assert.equal(ip.hopLimit, 255);
        assert.deepEqual(echo, { kind, identifier: 0x454e, sequence: 0x4654, data: bytes('') });

        const addresses = { source, destination };
        const header = { ...addresses, nextHeader: nextHeader.icmpv6, hopLimit: 255 };
        const rebuilt = encodeIpv6(header, encodeIcmpv6(addresses, encodeEcho(echo)));
        assert.equal(hex(rebuilt), hex(packet));
        assert.equal(hex(encodeFrame(rebuilt)), hex(vector(`heartbeat ${name} framed`)));
      });
    }
  });

  describe('neighbour discovery', () => {
    const route = (prefix: string, prefixLength: number): RouteInformationOption => ({
      kind: 'route-information',
      prefix: parseIpv6(prefix)!,
      prefixLength,
      preference: 'high',
      routeLifetime: 0xffffffff,
    });
    const advertisement = {
      kind: 'router-advertisement',
      curHopLimit: 0,
      managed: true,
      otherConfig: false,
      preference: 'high',
      routerLifetime: 0,
      reachableTimeMs: 0,
      retransTimerMs: 0,
    } as const;
    const neighbour = {
      kind: 'neighbour-advertisement',
      router: true,
      solicited: false,
      override: false,
      target: routerAddress,
      options: [{ kind: 'target-link-layer-address', mac: bytes('0242ac110002') }],
    } as const;
    const mtu = { kind: 'mtu', mtuBytes: 1280 } as const;

    const rows: [keyof typeof linkVectors, Uint8Array, Uint8Array, NdMessage][] = [
      ['RS', host, allRouters, { kind: 'router-solicitation', options: [] }],
      [
        'RA default',
        routerAddress,
        allNodes,
        { ...advertisement, routerLifetime: 9000, options: [mtu, route('fd00:8f80:1::', 64)] },
      ],
      [
        'RA one prefix',
        routerAddress,
        allNodes,
        {
          ...advertisement,
          options: [mtu, route('fd00:8f80:1::', 64), route('2607:8f80:8000::', 36)],
        },
      ],
      ['NA solicited', routerAddress, host, { ...neighbour, solicited: true }],
      ['NA unsolicited', routerAddress, allNodes, neighbour],
    ];
    for (const [name, source, destination, message] of rows) {
      it(`converts ${name} both ways`, () => {
        assert.deepEqual(decodeNdPacket(linkVectors[name]), { source, destination, message });
        const rebuilt = encodeNdPacket({ source, destination }, message);
        assert.equal(hex(rebuilt), hex(linkVectors[name]));
      });
    }
  });

  describe('DHCPv6', () => {
    const clientId = { kind: 'client-id', duid: bytes('000300010242ac110001') } as const;
    const answer = {
      transactionId: 0xabcdef,
      options: [
        clientId,
        { kind: 'server-id', duid: bytes('00040102030405060708090a0b0c0d0e') },
        {
          kind: 'ia-na',
          iaid: 0xac110001,
          t1: 15_768_000,
          t2: 25_228_800,
          options: [
            {
              kind: 'ia-address',
              address: own,
              preferredLifetime: 31_536_000,
              validLifetime: 31_536_000,
              options: [],
            },
          ],
        },
        { kind: 'status-code', status: 0, text: '' },
      ],
    } as const;
    const solicit: Dhcpv6Message = {
      type: 1,
      transactionId: 0xabcdef,
      options: [
        clientId,
        { kind: 'option-request', codes: [23, 24] },
        { kind: 'elapsed-time', hundredths: 0 },
        { kind: 'ia-na', iaid: 0xac110001, t1: 0, t2: 0, options: [] },
      ],
    };
    const toHost = { source: routerAddress, destination: host, hopLimit: 255 };
    const toServer = { source: host, destination: allDhcpServers, hopLimit: 1 };

    const rows = [
      { name: 'DHCP SOLICIT', ...toServer, ports: [546, 547], message: solicit },
      { name: 'DHCP ADVERTISE', ...toHost, ports: [547, 546], message: { type: 2, ...answer } },
      { name: 'DHCP REPLY', ...toHost, ports: [547, 546], message: { type: 7, ...answer } },
    ] as const;
    for (const { name, source, destination, hopLimit, ports, message } of rows) {
      it(`converts ${name} both ways`, () => {
        const ip = decodeIpv6(linkVectors[name]);
        const udp = decodeUdp(ip, ip.payload);
        assert.equal(formatIpv6(ip.source), formatIpv6(source));
        assert.equal(formatIpv6(ip.destination), formatIpv6(destination));
        assert.deepEqual([udp.sourcePort, udp.destinationPort], ports);
        assert.deepEqual(decodeDhcpv6Message(udp.payload), message);

        const addresses = { source, destination };
        const payload = encodeDhcpv6Message(message);
        const [sourcePort, destinationPort] = ports;
        const rebuilt = encodeIpv6(
          { ...addresses, nextHeader: nextHeader.udp, hopLimit },
          encodeUdp(addresses, { sourcePort, destinationPort, payload }),
        );
        assert.equal(hex(rebuilt), hex(linkVectors[name]));
      });
    }

    it('has the payload of the ADVERTISE on its own too', () => {
      assert.equal(
        hex(encodeDhcpv6Message({ type: 2, ...answer })),
        hex(vector('DHCP ADVERTISE payload')),
      );
    });
  });
});
